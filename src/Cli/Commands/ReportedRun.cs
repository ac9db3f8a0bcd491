// A run that ends with a report: shown, written, and turned into an exit code.
using System.Globalization;
using XClassFlow.Cli.Progress;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cli.Commands;

/// <summary>What train and eval have in common.</summary>
internal static class ReportedRun
{
    public static async Task<int> RunAsync(
        CommandServices services, IProgressDisplay display, string? reportFile, Func<IRunObserver, Task<RunReport>> run)
    {
        if (reportFile is not null)
        {
            RunReportFile.CheckWritable(reportFile);
        }

        // The figures are shown before they are written: a full disk must not cost a run's results.
        var report = await display.ShowAsync(run);
        await services.Out.WriteLineAsync(Summary(report));
        if (reportFile is not null)
        {
            RunReportFile.Write(report, reportFile);
        }

        return report.Outcome switch
        {
            RunOutcome.Completed => ExitCodes.Done,
            RunOutcome.Interrupted => ExitCodes.Interrupted,
            _ => ExitCodes.Failed,
        };
    }

    private static string Summary(RunReport report)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Run}: {report.Outcome.ToString().ToLowerInvariant()}, {report.Updates:N0} updates, {report.Samples:N0} samples, {report.SamplesPerSecond:N0} samples/s");
        if (report.TrainLoss is { } loss)
        {
            line += string.Create(CultureInfo.InvariantCulture, $", loss {loss:G5}");
        }

        return report.Eval is { } eval
            ? line + string.Create(CultureInfo.InvariantCulture, $", top-1 {100 * eval.Top1:F2} %, top-5 {100 * eval.Top5:F2} % of {eval.Samples:N0}")
            : line;
    }
}
