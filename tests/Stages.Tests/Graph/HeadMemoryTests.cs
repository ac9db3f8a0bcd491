// The full softmax streams: beyond weights and state a step needs about one chunk, never [B, N] logits or a dense dW.
using System.Globalization;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Tests.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Graph;

[Collection(AloneTests.Name)]
public sealed class HeadMemoryTests
{
    [Fact]
    public void StreamedStepNeedsOneChunk()
    {
        if (!File.Exists("/proc/self/clear_refs"))
        {
            Assert.Skip("peak memory is read from /proc");
        }

        const int N = 200_000;
        const int D = 64;
        const int B = 64;
        const int Chunk = 4096;
        using var scope = NewDisposeScope();
        var settings = new HeadSettings(Chunk: Chunk, KeptMib: 0);
        using var weights = ClassWeights.Create(0, N, D, 1, settings.Update);
        var embeddings = randn(B, D);
        long[] labels = [.. Enumerable.Range(0, B).Select(i => (long)i * 3001)];

        // What the first step ever makes once, on other weights: those measured have no memory of steps yet.
        using (var others = ClassWeights.Create(0, B * 3001, D, 2, settings.Update))
        {
            Step(others, settings, embeddings, labels, 0);
        }

        ReadAll(weights);

        // 5: forget the peak so far.
        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = Status("VmRSS:");
        Step(weights, settings, embeddings, labels, 0);
        Step(weights, settings, embeddings, labels, 1);
        var growth = Status("VmHWM:") - before;
        TestContext.Current.SendDiagnosticMessage("peak over resident: {0:N0} bytes", growth);

        // dense dW and [B, N] logits are 51 MB each; tile, momentum, unit rows, gradient and logits of a chunk are 1 MB each.
        Assert.True(growth <= 16 * Chunk * D * sizeof(float), $"{growth} bytes");
        TestContext.Current.TestOutputHelper?.WriteLine($"weights and state {2L * N * D * sizeof(float):N0} bytes; peak of a step over that: {growth:N0} bytes");
    }

    private static void Step(ClassWeights weights, HeadSettings settings, Tensor embeddings, long[] labels, long step)
    {
        using var scope = NewDisposeScope();
        using var softmax = new ShardSoftmax(weights, settings, ActiveRows.All(0, weights.Count), step, labels.Length);
        var pass = softmax.Forward(embeddings, labels, 0);
        var reduction = SoftmaxReduction.Of([pass.Statistics]);
        pass.Backward(reduction.LogSum, reduction.ActiveWeight!);
        softmax.Update(0.1);
    }

    // Momentum is touched for the first time by the first step; it belongs to the weights.
    private static void ReadAll(ClassWeights weights) => weights.Momentum!.zero_();

    private static long Status(string key)
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(key, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
