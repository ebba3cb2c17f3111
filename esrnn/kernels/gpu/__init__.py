"""The kernels for a GPU, compiled by numba-cuda from the functions that the CPU's kernels use.

They read and write what has `__cuda_array_interface__`, such as torch's tensors on a GPU, without
a copy, on the stream that they are given. With ``NUMBA_ENABLE_CUDASIM=1`` numba-cuda runs them in
Python on NumPy arrays; so they are tested where there is no GPU. numba-cuda comes with the extra
``gpu``, and is imported only when one of these modules is: `launching` says whether it is there.
"""
