// Shows a run while it runs.
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Progress;

/// <summary>A display lives as long as the run that it shows.</summary>
internal interface IProgressDisplay
{
    /// <summary>Runs with an observer that feeds the display; what the run returns or throws passes through.</summary>
    Task<T> ShowAsync<T>(Func<IRunObserver, Task<T>> run);
}
