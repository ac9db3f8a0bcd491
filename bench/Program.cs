// Runs the benchmarks: dotnet run -c Release --project bench -- --filter '*'.
using BenchmarkDotNet.Running;
using XClassFlow.Stages.Torch;

LibTorch.EnsureLoaded();
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
