// Runs the benchmarks: dotnet run -c Release --project bench -- --filter '*', or bench -- graph for the class graph against hnswlib, bench -- study for the selection of classes.
using BenchmarkDotNet.Running;
using XClassFlow.Bench.Graph;
using XClassFlow.Bench.Sparsify;
using XClassFlow.Bench.Study;
using XClassFlow.Stages.Torch;

if (args is ["graph", .. var rest])
{
    return GraphComparison.Run(rest);
}

if (args is ["sparse-bytes"])
{
    return SparseBytes.Run();
}

if (args is ["study", .. var study])
{
    return SelectionStudy.Run(study);
}

LibTorch.EnsureLoaded();
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
