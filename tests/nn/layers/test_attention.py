"""Layers with attention against their equations, step by step."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import gelu, layer_norm
from torch.testing import assert_close

from esrnn.config.cells import AttentionOptions, UniversalTransformerOptions
from esrnn.nn.layers.attention import positions
from esrnn.nn.layers.linear_attention import LinearAttention, attend_linearly
from esrnn.nn.layers.sha_rnn import SHARNN
from esrnn.nn.layers.universal_transformer import UniversalTransformer
from tests.nn.layers.plain import randn, sigmoid
from tests.nn.layers.test_lstm_variants import stirred

F, H, T = 3, 4, 9


def close(found, expected):
    assert_close(found, expected, rtol=1e-9, atol=1e-11)


def normed(a, norm):
    return layer_norm(a, (H,), norm.weight, norm.bias)


def softmax(scores):
    weights = torch.exp(scores)
    return weights / weights.sum()


def dense(a, linear):
    return linear.weight @ a + linear.bias


def feed_forward(a, part):
    first, _, second = part
    return dense(torch.clamp(dense(a, first), min=0.0), second)


def test_positions_are_sines_and_cosines():
    found = positions(5, 6, torch.zeros(1, dtype=torch.float64))
    for t in range(5):
        for k in range(3):
            angle = t / 10_000 ** (2 * k / 6)
            assert float(found[t, 2 * k]) == pytest.approx(math.sin(angle))
            assert float(found[t, 2 * k + 1]) == pytest.approx(math.cos(angle))
    assert positions(5, 3, torch.zeros(1)).shape == (5, 3)


@pytest.mark.parametrize("n_steps", [1, 5, 64, 65, 200])
def test_linear_attention_is_the_recurrence(n_steps):
    """S and z are all that a step needs of the past."""
    q, k, v = (randn(2, 2, n_steps, 3, seed=s).double() for s in range(3))
    found = attend_linearly(q, k, v)
    feature = lambda a: torch.where(a > 0.0, a + 1.0, a.exp())  # noqa: E731
    state, total = torch.zeros(2, 2, 3, 3).double(), torch.zeros(2, 2, 3).double()
    for t in range(n_steps):
        key, query = feature(k[:, :, t]), feature(q[:, :, t])
        state = state + key[..., :, None] * v[:, :, t][..., None, :]
        total = total + key
        over, under = (query[..., None] * state).sum(2), (query * total).sum(2)[..., None]
        assert_close(found[:, :, t], over / under, rtol=1e-5, atol=1e-6)


def test_linear_attentions_layer():
    cell = stirred(LinearAttention(F, H, AttentionOptions(heads=2, expansion=3)))
    x = randn(T, 1, F).double()
    out, keys, values = cell(x), [], []
    place = positions(T, H, x)
    for t in range(T):
        e = dense(x[t, 0], cell.embed) + place[t]
        q, k, v = dense(normed(e, cell.norm), cell.qkv).split(H)
        feature = [torch.where(a > 0.0, a + 1.0, a.exp()) for a in (q, k)]
        keys.append(feature[1])
        values.append(v)
        read = torch.zeros(H).double()
        for at in (slice(0, 2), slice(2, 4)):
            weights = torch.stack([feature[0][at] @ key[at] for key in keys])
            weights = weights / (weights.sum() + 1e-6)
            read[at] = sum(w * value[at] for w, value in zip(weights, values, strict=True))
        y = e + dense(read, cell.out)
        close(out[t, 0], y + feed_forward(normed(y, cell.norm_after), cell.feed_forward))


def test_universal_transformer():
    options = UniversalTransformerOptions(heads=2, depth=3, expansion=2)
    cell, x = stirred(UniversalTransformer(F, H, options)), randn(T, 1, F).double()
    h = [dense(x[t, 0], cell.embed) for t in range(T)]
    of_step, of_round = positions(T, H, x), positions(4, H, x)
    for r in (1, 2, 3):
        g = [h[t] + of_step[t] + of_round[r] for t in range(T)]
        parts = [dense(a, cell.qkv).split(H) for a in g]
        for t in range(T):
            read = torch.zeros(H).double()
            for at in (slice(0, 2), slice(2, 4)):
                scores = [parts[t][0][at] @ k[at] / math.sqrt(2) for _, k, _ in parts[: t + 1]]
                weights = softmax(torch.stack(scores))
                for w, (_, _, v) in zip(weights, parts, strict=False):
                    read[at] += w * v[at]
            y = normed(g[t] + dense(read, cell.out), cell.norm)
            h[t] = normed(y + feed_forward(y, cell.feed_forward), cell.norm_after)
    close(cell(x)[:, 0], torch.stack(h))


def test_sha_rnn():
    cell, x = stirred(SHARNN(F, H)), randn(T, 1, F).double()
    hidden, norms = cell.lstm(x)[:, 0], cell.norms
    s_q, s_k, s = sigmoid(cell.scales)
    c, f = dense(s, cell.value_scale).split(H)
    memories = [normed(h, norms["memory"]) for h in hidden]
    out = cell(x)
    for t in range(T):
        e = normed(hidden[t], norms["middle"])
        q = s_q * normed(dense(e, cell.query), norms["query"])
        scores = [q @ (s_k * m) / math.sqrt(H) for m in memories[: t + 1]]
        weights = softmax(torch.stack(scores))
        scale = sigmoid(f) * torch.tanh(c)
        y = e + sum(w * scale * m for w, m in zip(weights, memories, strict=False))
        wide = gelu(dense(normed(y, norms["boom"]), cell.boom))
        close(out[t, 0], normed(y, norms["skip"]) + wide.view(4, H).sum(0))


@pytest.mark.parametrize("kind", [LinearAttention, UniversalTransformer, SHARNN])
def test_in_float32_too_no_output_depends_on_a_later_input(kind):
    layer, x = kind(F, 8), randn(300, 2, F)
    later = x.clone()
    later[130:] += 1.0
    with torch.no_grad():
        assert torch.equal(layer(x)[:130], layer(later)[:130])
