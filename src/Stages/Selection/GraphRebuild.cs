// When class graphs are built: with training waiting, or beside it.
namespace XClassFlow.Stages.Selection;

/// <summary>Where a class graph is built in time.</summary>
public enum GraphRebuild
{
    /// <summary>Between two steps, by all threads: the next step waits for it and uses it.</summary>
    Between,

    /// <summary>Beside training, by a few threads, from a copy of the rows; used from a fixed number of steps later on.</summary>
    Overlapped,
}
