// Ctrl-C: the first asks the run to stop after its step, the second ends at once.
using System.Runtime.InteropServices;

namespace XClassFlow.Cli;

/// <summary>Counts requests to stop. SIGTERM, which cluster managers send, counts like Ctrl-C.</summary>
/// <param name="endNow">Ends the process with an exit code.</param>
internal sealed class Interrupts(Action<int> endNow) : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private int requests;

    /// <summary>Raised on the first request.</summary>
    public event Action? Stopping;

    /// <summary>Cancelled by the first request.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>One request to stop; safe from any thread.</summary>
    public void Request()
    {
        if (Interlocked.Increment(ref requests) == 1)
        {
            Stopping?.Invoke();
            stop.Cancel();
        }
        else
        {
            endNow(ExitCodes.Interrupted);
        }
    }

    /// <summary>Turns the process's signals into requests until it is disposed.</summary>
    public IDisposable ListenToSignals() => new Signals(this);

    public void Dispose() => stop.Dispose();

    private sealed class Signals(Interrupts owner) : IDisposable
    {
        private const int FileTooLarge = 25;

        private readonly PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Handle(owner, context));
        private readonly PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Handle(owner, context));

        // A file beyond the limit of the process (ulimit -f): without a handler the signal ends it; with one the write fails like that of a full disk. .NET takes the system's own numbers too.
        private readonly PosixSignalRegistration? fileTooLarge = OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()
            ? PosixSignalRegistration.Create((PosixSignal)FileTooLarge, context => context.Cancel = true)
            : null;

        public void Dispose()
        {
            interrupt.Dispose();
            terminate.Dispose();
            fileTooLarge?.Dispose();
        }

        private static void Handle(Interrupts owner, PosixSignalContext context)
        {
            context.Cancel = true;
            owner.Request();
        }
    }
}
