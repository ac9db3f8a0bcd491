// Scalars outlive the calls that use them, and arithmetic with them gives the bits of the operators.
using System.Diagnostics;
using System.Runtime.CompilerServices;
using XClassFlow.Stages.Backbones.Layers;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Torch;

[Collection(AloneTests.Name)]
public sealed class ScalarsTests
{
    [Fact]
    public void Each_has_its_own_value_200_calls_later()
    {
        using var scope = NewDisposeScope();
        var scalars = Enumerable.Range(0, 200).Select(i => Scalars.Of(i * 0.5)).ToArray();
        Collect();
        Assert.Equal(Enumerable.Range(0, 200).Select(i => i * 0.5), scalars.Select(s => full(1, s, ScalarType.Float64).item<double>()));
    }

    [Fact]
    public void A_thread_keeps_the_last_of_its_own_alive()
    {
        var scalar = MadeHere(1);
        var other = new Thread(() => MadeHere(2 * Scalars.Kept));
        other.Start();
        other.Join();
        MadeHere(200);
        Collect();
        Assert.True(scalar.IsAlive);
        MadeHere(Scalars.Kept);
        Collect();
        Assert.False(scalar.IsAlive);
    }

    [Fact]
    public void Sums_survive_constant_collections()
    {
        var failures = 0;
        var stop = false;
        var worker = new Thread(() =>
        {
            using var y = ones(4);
            while (!Volatile.Read(ref stop))
            {
                try
                {
                    using var x = zeros(4);
                    x.PlusInPlace(y).TimesInPlace(0.5).PlusInPlace(y, 2).PlusInPlace(0.25);
                    failures += x.data<float>()[3] == 2.75f ? 0 : 1;
                }
                catch (Exception e) when (e is System.Runtime.InteropServices.ExternalException or InvalidOperationException or NullReferenceException)
                {
                    failures++;
                }
            }
        });
        worker.Start();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(1);)
        {
            Collect();
        }

        Volatile.Write(ref stop, true);
        worker.Join();
        Assert.Equal(0, failures);
    }

    [Fact]
    public void Arithmetic_gives_the_bits_of_the_operators()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (TestTensors.Normal(1, 7, 5), TestTensors.Normal(2, 7, 5));
        TestTensors.SameBits(a + b, a.Plus(b));
        TestTensors.SameBits(a + 0.3, a.Plus(0.3));
        TestTensors.SameBits(1 - a, a.negative().Plus(1));
        TestTensors.SameBits(a - 0.3, a.Minus(0.3));
        TestTensors.SameBits(a * 0.3, a.Times(0.3));
        TestTensors.SameBits(a.square(), a.Squared());
        TestTensors.SameBits(a.clamp_min(0.3), a.AtLeast(0.3));
        TestTensors.SameBits(a.clone().add_(b), a.clone().PlusInPlace(b));
        TestTensors.SameBits(a.clone().add_(b, alpha: 0.3), a.clone().PlusInPlace(b, 0.3));
        TestTensors.SameBits(a.clone().add_(0.3), a.clone().PlusInPlace(0.3));
        TestTensors.SameBits(a.clone().sub_(0.3), a.clone().MinusInPlace(0.3));
        TestTensors.SameBits(a.clone().mul_(0.3), a.clone().TimesInPlace(0.3));
        var whole = tensor(new[] { 1L, 1L << 40 });
        Assert.Equal(ScalarType.Int64, whole.Plus(1L << 41).dtype);
        TestTensors.SameBits(whole + (1L << 41), whole.Plus(1L << 41));
    }

    [Fact]
    public void Layers_give_the_bits_of_the_modules_they_stand_for()
    {
        using var scope = NewDisposeScope();
        var x = TestTensors.Normal(3, 6, 4);
        using var leaky = LayerFactory.Activation(ActivationKind.LeakyRelu);
        using var prelu = LayerFactory.Activation(ActivationKind.Prelu);
        using var norm = LayerFactory.Norm1d(NormKind.Batch, 4, 1)!;
        using var torchLeaky = nn.LeakyReLU(0.1);
        using var torchPrelu = nn.PReLU(1);
        using var torchNorm = nn.BatchNorm1d(4);
        TestTensors.SameBits(torchLeaky.call(x), leaky.call(x.clone()));
        TestTensors.SameBits(torchPrelu.call(x), prelu.call(x));
        Assert.Equal(torchPrelu.named_parameters().Select(p => p.name), prelu.named_parameters().Select(p => p.name));
        TestTensors.SameBits(torchNorm.call(x), norm.call(x));
        Assert.Equal(["running_mean", "running_var"], norm.named_buffers().Select(b => b.name));
        foreach (var (name, buffer) in norm.named_buffers())
        {
            TestTensors.SameBits(torchNorm.get_buffer(name)!, buffer);
        }

        torchNorm.eval();
        norm.eval();
        TestTensors.SameBits(torchNorm.call(x), norm.call(x));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference MadeHere(int count)
    {
        var first = new WeakReference(Scalars.Of(0.5));
        for (var i = 1; i < count; i++)
        {
            Scalars.Of((double)i);
        }

        return first;
    }

    private static void Collect()
    {
#pragma warning disable RS0030 // Collections are the point of these tests.
        GC.Collect();
        GC.WaitForPendingFinalizers();
#pragma warning restore RS0030
    }
}
