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
        "Trying to remove member", "heartbeat was delayed", "ClusterSingletonManagerIsStuck", "Disassociated", "Couldn't join seed nodes",
    ];

    // A stranger who sends garbage must not fill the disk with our complaints.
    private const int LinesPerMinute = 30;

    private long _minute;
    private int _lines;

    public OperatorLog()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<Error>(e => Write(e, e.Cause));
        Receive<Warning>(e => Write(e, null));
        Receive<LogEvent>(_ => { });
    }

    private void Write(LogEvent e, Exception? cause)
    {
        var text = e.Message.ToString() ?? "";
        if (!Unimportant.Any(u => text.Contains(u, StringComparison.Ordinal)) && IsDue())
        {
            var line = cause is null ? text : $"{text} ({cause.Message})";
            Console.Error.WriteLine($"{e.LogLevel().ToString().ToLowerInvariant()[..^5]}: {line.ReplaceLineEndings(" ")}");
        }
    }

    private bool IsDue()
    {
        var minute = Environment.TickCount64 / 60_000;
        if (minute != _minute)
        {
            (_minute, _lines) = (minute, 0);
        }

        return _lines++ < LinesPerMinute;
    }
}
