// Seeded tensors and comparisons for tests.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Torch;

internal static class TestTensors
{
    /// <summary>Standard normal values from a generator of their own; the caller's.</summary>
    public static Tensor Normal(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return empty(shape).normal_(0, 1, generator);
    }

    /// <summary>Equal up to fp32 rounding.</summary>
    public static void Equal(Tensor expected, Tensor actual, double relative = 1e-5, double absolute = 1e-6)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Assert.Equal(expected.shape, actual.shape);
        if (expected.numel() > 0)
        {
            var difference = (expected - actual).abs().max().item<float>();
            Assert.True(expected.allclose(actual, relative, absolute), $"largest difference {difference}");
        }
    }

    /// <summary>Equal without any tolerance.</summary>
    public static void SameBits(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(expected.eq(actual).all().item<bool>());
    }
}
