// Lines on stdout.
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Progress;

/// <summary>A <see cref="PlainObserver"/> for the time of a run.</summary>
internal sealed class PlainDisplay(TextWriter output, TimeProvider time, TimeSpan interval, Interrupts interrupts) : IProgressDisplay
{
    public async Task<T> ShowAsync<T>(Func<IRunObserver, Task<T>> run)
    {
        // The signal comes on a thread of its own.
        var safe = TextWriter.Synchronized(output);
        void Say() => safe.WriteLine(ProgressText.Stopping);
        interrupts.Stopping += Say;
        try
        {
            return await run(new PlainObserver(safe, time, interval));
        }
        finally
        {
            interrupts.Stopping -= Say;
        }
    }
}
