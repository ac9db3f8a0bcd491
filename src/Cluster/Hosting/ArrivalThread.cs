// Lets a thread that has received a message run the stage that it is for.
namespace XClassFlow.Cluster.Hosting;

/// <summary>
/// Between <see cref="Open"/> and <see cref="Close"/> a message from another node is put into a stage's mailbox. If the stage is brief it then runs on this thread, when no lock is held any more. Only
/// threads that wait for one connection and nothing else do so, not the pool's.
/// </summary>
internal static class ArrivalThread
{
    [ThreadStatic]
    private static bool t_open;

    [ThreadStatic]
    private static StageThread? t_offered;

    public static void Open() => t_open = !Thread.CurrentThread.IsThreadPoolThread;

    /// <summary>A stage has work that this thread may do.</summary>
    /// <returns>Whether it will see to it.</returns>
    public static bool Offer(StageThread stage)
    {
        if (t_open && t_offered is null)
        {
            t_offered = stage;
            return true;
        }

        return t_open && t_offered == stage;
    }

    public static void Close()
    {
        t_open = false;
        var offered = t_offered;
        t_offered = null;
        offered?.RunHere();
    }
}
