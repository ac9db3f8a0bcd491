// What the command line asks of class graphs.
using XClassFlow.Data;

namespace XClassFlow.Cluster.Training;

/// <summary>The work behind `xclassflow graph`. The token ends it with <see cref="OperationCanceledException"/>; a <see cref="UserErrorException"/> is the user's mistake.</summary>
public interface IGraphCommands
{
    /// <summary>Builds a graph and writes it.</summary>
    /// <param name="options">What was asked.</param>
    /// <param name="note">Takes lines of progress; called from several threads.</param>
    /// <param name="stop">Ends the build.</param>
    Task<GraphBuildOutcome> BuildAsync(GraphBuildOptions options, Action<string> note, CancellationToken stop);

    /// <summary>Measures a stored graph against brute force.</summary>
    Task<GraphRecallOutcome> RecallAsync(GraphRecallOptions options, CancellationToken stop);

    /// <summary>Lines that describe a class's neighbours.</summary>
    Task<IReadOnlyList<string>> InspectAsync(GraphInspectOptions options, CancellationToken stop);
}
