// The k of n values of largest magnitude: this project's selection against torch.topk, on the same number of threads.
using BenchmarkDotNet.Attributes;
using XClassFlow.Stages.Sparsification;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Bench.Sparsify;

/// <summary>Normal values, as gradients nearly are; with all cores on both sides.</summary>
[SimpleJob(launchCount: 1, warmupCount: 2, iterationCount: 7, invocationCount: 1)]
public unsafe class SelectionBenchmarks
{
    private readonly TopMagnitudes _top = new(Environment.ProcessorCount);
    private Tensor? _values;
    private int[] _selected = [];

    /// <summary>n.</summary>
    [Params(25_000_000)]
    public int Values { get; set; }

    /// <summary>k.</summary>
    [Params(25_000, 250_000, 6_250_000)]
    public int Selected { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        LibTorch.EnsureLoaded();
        set_num_threads(Environment.ProcessorCount);
        using var generator = new Generator(1);
        _values = empty(Values).normal_(0, 1, generator);
        _selected = new int[Selected];
    }

    [GlobalCleanup]
    public void CleanUp() => _values?.Dispose();

    /// <summary>Of the magnitudes, unsorted, as a sparsifier would call it.</summary>
    [Benchmark(Baseline = true)]
    public void TorchTopK()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _values!.abs().topk(Selected, sorted: false);
    }

    /// <summary>Without the pass that takes magnitudes.</summary>
    [Benchmark]
    public void TorchTopKOfValues()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _values!.topk(Selected, sorted: false);
    }

    [Benchmark]
    public void Selection()
    {
        _top.Select((float*)TensorMemory.AddressOf(_values!), Values, Selected, _selected);
        GC.KeepAlive(_values);
    }

    /// <summary>A pass over memory, the bound from below.</summary>
    [Benchmark]
    public float SumOfValues()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return _values!.sum().item<float>();
    }
}
