// One step of the head: active classes and the streamed full softmax, against autograd over all classes.
using BenchmarkDotNet.Attributes;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Bench.Head;

/// <summary>Forward, backward and update of N classes of width 128 at batch 256, without normalisation and momentum on both sides.</summary>
[SimpleJob(launchCount: 1, warmupCount: 1, iterationCount: 5, invocationCount: 1)]
public class HeadStepBenchmarks
{
    private const int Width = 128;
    private const int Batch = 256;
    private const int Group = 8;
    private const int Chunk = 2000;

    private static readonly HeadSettings Settings = new(Normalize: false, Scale: 1, Update: new RowUpdate(Momentum: 0));

    private ClassWeights? _weights;
    private ClassSelector? _selector;
    private Tensor? _dense;
    private Tensor? _embeddings;
    private Tensor? _labels;
    private long[] _labelNumbers = [];
    private long _step;

    /// <summary>N.</summary>
    [Params(100_000, 1_000_000)]
    public int Classes { get; set; }

    /// <summary>M.</summary>
    [Params(10_000)]
    public int Active { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        LibTorch.EnsureLoaded();
        _weights = ClassWeights.Create(0, Classes, Width, 1, Settings.Update);
        _selector = new ClassSelector(0, Classes, corrects: false);
        _dense = _weights.Weight.clone().requires_grad_();
        _embeddings = randn(Batch, Width);
        _labelNumbers = [.. Enumerable.Range(0, Batch).Select(i => (long)(i * (Classes / Batch)))];
        _labels = tensor(_labelNumbers);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _weights?.Dispose();
        _dense?.Dispose();
        _embeddings?.Dispose();
        _labels?.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void AutogradOverAllClasses()
    {
        using var scope = NewDisposeScope();
        using var x = _embeddings!.detach().requires_grad_();
        var loss = nn.functional.cross_entropy(nn.functional.linear(x, _dense!), _labels!);
        loss.backward();
        using (no_grad())
        {
            _dense!.add_(_dense.grad!, alpha: Scalars.Of(-0.1));
            _dense.grad = null;
        }
    }

    /// <summary>Only the three products of a step over all classes, in chunks that stay in a cache: what no fp32 softmax by libtorch's products can be faster than.</summary>
    [Benchmark]
    public void ProductsOverAllClasses()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var logits = empty(Batch, Chunk);
        var (dx, dw) = (zeros(Batch, Width), empty(Chunk, Width));
        for (var start = 0; start + Chunk <= Classes; start += Chunk)
        {
            using var inner = NewDisposeScope();
            var rows = _dense!.narrow(0, start, Chunk).detach();
            logits.addmm_(_embeddings!, rows.t(), 0, 1);
            dx.addmm_(logits, rows, 1, 1);
            dw.addmm_(logits.t(), _embeddings!, 0, 1);
        }
    }

    [Benchmark]
    public void StreamedFullSoftmax() => Step(ActiveRows.All(0, Classes));

    [Benchmark]
    public void ActiveClasses()
    {
        Step(Select(_labelNumbers));
    }

    /// <summary>The same number of active classes for every sample, chosen for eight samples at a time.</summary>
    [Benchmark]
    public void ActiveClassesInGroups()
    {
        ActiveRows[] groups = [.. _labelNumbers.Chunk(Group).Select(Select)];
        Step(new GroupedSoftmax(_weights!, Settings, groups, Group, _step, Batch));
    }

    // The choice is part of a step: the labels, and a uniform sample of the rest.
    private ActiveRows Select(long[] labels)
    {
        var chosen = _selector!.Select(labels, Active, 0, null, null, Seeds.Mix((ulong)_step, (ulong)labels[0]));
        return ActiveRows.Of(0, Classes, tensor(chosen.Rows), chosen.LabelRows, chosen.CertainRows, chosen.Represents);
    }

    private void Step(ActiveRows active) => Step(new ShardSoftmax(_weights!, Settings, active, _step, Batch));

    private void Step(IStepSoftmax step)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var softmax = step;
        _step++;
        var pass = softmax.Forward(_embeddings!, _labelNumbers, 0);
        var reduction = SoftmaxReduction.Of([pass.Statistics]);
        pass.Backward(reduction.LogSum, reduction.ActiveWeight!).Dispose();
        softmax.Update(0.1);
    }
}
