// Runs before the first test: loads libtorch, or plays a child process for the tests of the loader.
using System.Runtime.CompilerServices;
using XClassFlow.Data;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Tests.Torch;

internal static class StartUp
{
    /// <summary>Set in a child process: the folder to pass to EnsureLoaded, or "-" for none, or "lazy" to use a tensor at once.</summary>
    public const string ChildVariable = "XCLASSFLOW_TEST_LOADER_CHILD";

    [ModuleInitializer]
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(ChildVariable) is not { } child)
        {
            LibTorch.EnsureLoaded();

            // Test classes run side by side: teams of OpenMP threads on top of that wait for each other (measured: ten times slower).
            TorchSharp.torch.set_num_threads(1);
            return;
        }

        try
        {
            if (child == "lazy")
            {
                LibTorch.Register();
            }
            else
            {
                var info = LibTorch.EnsureLoaded(child == "-" ? null : child);
                Console.Out.WriteLine(info);
            }

            using var ones = TorchSharp.torch.ones(3, 2);
            using var sum = ones.sum();
            Console.Out.WriteLine($"sum {sum.item<float>()}");
            var mapped = File.ReadLines("/proc/self/maps").Where(l => l.Contains("libtorch_cpu", StringComparison.Ordinal));
            Console.Out.WriteLine($"libraries {mapped.Select(l => l.Split(' ')[^1]).Distinct().Count()}");
            Environment.Exit(0);
        }
        catch (UserErrorException e)
        {
            Console.Error.WriteLine(e.Message);
            Environment.Exit(2);
        }
    }
}
