// A failure as it crosses between nodes.
using XClassFlow.Cluster.Lane;
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Membership.Wire;

/// <summary>What went wrong: the parts of a <see cref="UserErrorException"/>, or a message in <paramref name="What"/> alone.</summary>
internal sealed record NodeFailure(FailureKind Kind, string What, string Where = "", string Instead = "")
{
    /// <summary>Longest text that is worth sending.</summary>
    private const int Longest = 4_000;

    public static NodeFailure Of(Exception exception)
    {
        foreach (var e in Chain(exception))
        {
            switch (e)
            {
                case UserErrorException user:
                    return new NodeFailure(FailureKind.User, Cut(user.What), Cut(user.Where), Cut(user.Instead));
                case TroubleException { Checkpoint: not null } trouble:
                    return new NodeFailure(FailureKind.Trouble, Cut(trouble.Message));
                case LaneException or CheckpointAbandonedException:
                    return new NodeFailure(FailureKind.Peer, Cut(e.Message));
            }
        }

        return new NodeFailure(FailureKind.Fault, Cut(exception.Message));
    }

    /// <summary>One line.</summary>
    public string Line => Kind == FailureKind.User ? new UserErrorException(What, Where, Instead).Message : What.ReplaceLineEndings(" ");

    /// <summary>The exception that the command turns into a line and an exit code.</summary>
    public Exception ToException() => Kind == FailureKind.User ? new UserErrorException(What, Where, Instead) : new ClusterException(What);

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            yield return e;
            if (e is AggregateException many)
            {
                foreach (var inner in many.InnerExceptions.SelectMany(Chain))
                {
                    yield return inner;
                }
            }
        }
    }

    private static string Cut(string text) => text.Length <= Longest ? text : text[..Longest];
}
