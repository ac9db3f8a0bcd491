// Akka's warnings as single lines on the error stream, without those that mean nothing.
using Akka.Actor;
using Akka.Event;

namespace XClassFlow.Cluster.Membership;

/// <summary>The logger of the actor systems: standard output belongs to the command's own answer.</summary>
internal sealed class OperatorLog : ReceiveActor
{
    // A peer that is gone is reported by the supervisor, with what follows from it; these repeat it many times.
    private static readonly string[] Unimportant =
    [
        "Unable to REMOVE channel", "Coordinated shutdown phase", "Tried to associate with unreachable", "Association with remote system", "Address is now gated",
        "Trying to remove member", "heartbeat was delayed", "ClusterSingletonManagerIsStuck", "Couldn't join seed nodes",
    ];

    public OperatorLog()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<Error>(e => Write(e, e.Cause));
        Receive<Warning>(e => Write(e, null));
        Receive<LogEvent>(_ => { });
    }

    private static void Write(LogEvent e, Exception? cause)
    {
        var text = e.Message.ToString() ?? "";
        if (!Unimportant.Any(u => text.Contains(u, StringComparison.Ordinal)))
        {
            var line = cause is null ? text : $"{text} ({cause.Message})";
            Console.Error.WriteLine($"{e.LogLevel().ToString().ToLowerInvariant()[..^5]}: {line.ReplaceLineEndings(" ")}");
        }
    }
}
