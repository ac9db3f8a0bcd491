// Runs the benchmarks: dotnet run -c Release --project bench -- --filter '*', or bench -- graph for the class graph against hnswlib.
using BenchmarkDotNet.Running;
using XClassFlow.Bench.Graph;
using XClassFlow.Stages.Torch;

if (args is ["graph", .. var rest])
{
    return GraphComparison.Run(rest);
}

LibTorch.EnsureLoaded();
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
