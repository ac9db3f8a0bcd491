// The live display of the terminal.
using Spectre.Console;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Progress;

/// <summary>A <see cref="LiveObserver"/> for the time of a run; the last table stays on the screen.</summary>
internal sealed class LiveDisplay(IAnsiConsole terminal, TimeProvider time, Interrupts interrupts) : IProgressDisplay
{
    public async Task<T> ShowAsync<T>(Func<IRunObserver, Task<T>> run)
    {
        void Say() => terminal.WriteLine(ProgressText.Stopping);
        interrupts.Stopping += Say;
        try
        {
            return await terminal.Live(new Text("")).StartAsync(
                context => run(new LiveObserver(terminal, context.UpdateTarget, time)));
        }
        finally
        {
            interrupts.Stopping -= Say;
        }
    }
}
