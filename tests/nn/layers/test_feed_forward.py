"""Layers without a state: convolutions against torch's own, dense layers against products."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import conv1d, pad
from torch.testing import assert_close

from esrnn.config.cells import ConvolutionOptions
from esrnn.nn.layers.cnn import CausalConvolution
from esrnn.nn.layers.dense import DenseLayer, LinearLayer
from tests.nn.layers.plain import randn
from tests.nn.layers.test_lstm_variants import stirred

F, H, T = 3, 4, 11


@pytest.mark.parametrize("dilation", [1, 3, 20])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_convolution_is_torchs_with_zeros_before(dilation, size):
    cell = stirred(CausalConvolution(F, H, dilation, ConvolutionOptions(kernel_size=size)))
    x = randn(T, 2, F).double()
    kernel = cell.taps.weight.view(H, size, F).transpose(1, 2).flip(2)
    along = pad(x.permute(1, 2, 0), (dilation * (size - 1), 0))
    expected = conv1d(along, kernel, cell.taps.bias, dilation=dilation).permute(2, 0, 1)
    assert_close(cell(x), expected.clamp(min=0.0), rtol=1e-10, atol=1e-12)


def test_its_dropout_hides_earlier_steps_alone():
    options = ConvolutionOptions(recurrent_dropout=0.999)
    cell, x = stirred(CausalConvolution(F, H, 2, options)), randn(T, 2, F).double()
    own = (x @ cell.taps.weight[:, :F].T + cell.taps.bias).clamp(min=0.0)
    assert_close(cell(x, torch.Generator().manual_seed(0)), own, rtol=1e-10, atol=1e-12)


def test_dense_layers():
    x = randn(T, 2, F).double()
    dense, linear = stirred(DenseLayer(F, H)), stirred(LinearLayer(F, H))
    for t in range(T):
        expected = x[t] @ linear.map.weight.T + linear.map.bias
        assert_close(linear(x)[t], expected, rtol=1e-10, atol=1e-12)
        assert_close(dense(x)[t], expected.clamp(min=0.0), rtol=1e-10, atol=1e-12)
