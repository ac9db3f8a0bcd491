// 3,000 steps at constant memory; slow, so behind XCLASSFLOW_SOAK.
using System.Diagnostics;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cluster.Tests.Training;

public sealed class MemorySoakTests
{
    private const int WarmUp = 500;
    private const int Steps = 3500;

    [Fact]
    public async Task Three_thousand_steps_grow_by_less_than_three_per_cent()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("XCLASSFLOW_SOAK") == "1", "slow; set XCLASSFLOW_SOAK=1 to run it");
        var (afterWarmUp, last) = (0L, 0L);
        var observer = new StepObserver(s =>
        {
            if (s.Step == WarmUp || s.Step == Steps)
            {
                var rss = Rss();
                (afterWarmUp, last) = s.Step == WarmUp ? (rss, rss) : (afterWarmUp, rss);
            }
        });
        await new LocalRuns().TrainAsync(
            new TrainOptions(TinyConfiguration.With($"schedule.updates={Steps}", "data.test=null"), null, Resume: false, ReportLosses: false),
            observer,
            CancellationToken.None);
        TestContext.Current.TestOutputHelper?.WriteLine($"resident memory after {WarmUp} steps {afterWarmUp >> 20} MiB, after {Steps} steps {last >> 20} MiB");
        Assert.InRange(last / (double)afterWarmUp, 0, 1.03);
    }

    private static long Rss()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
