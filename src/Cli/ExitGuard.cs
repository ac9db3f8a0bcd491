// Ends the process though something of it hangs.
namespace XClassFlow.Cli;

/// <summary>Threads that do not end must not keep a process whose work is over, or nobody would start it again.</summary>
internal static class ExitGuard
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Hands the code on; the process ends with it within the limit, whatever still runs.</summary>
    public static int Arm(int code)
    {
        var guard = new Thread(() =>
        {
            using var never = new ManualResetEventSlim();
            never.Wait(Limit);
            Environment.Exit(code);
        })
        { IsBackground = true, Name = "exit guard" };
        guard.Start();
        return code;
    }
}
