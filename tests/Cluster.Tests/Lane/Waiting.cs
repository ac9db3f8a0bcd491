// Waits with a limit and a message.
namespace XClassFlow.Cluster.Tests.Lane;

internal static class Waiting
{
    /// <summary>Long: the machine may be busy. A test that passes never waits so long.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task<T> InTime<T>(this Task<T> task, string phase)
    {
        await ((Task)task).InTime(phase);
        return await task;
    }

    public static async Task InTime(this Task task, string phase)
    {
        try
        {
            await task.WaitAsync(Limit);
        }
        catch (TimeoutException e) when (!task.IsCompleted)
        {
            throw new TimeoutException($"{phase}; not within {Limit.TotalSeconds} s", e);
        }
    }

    /// <summary>Waits until something that nobody signals has become true.</summary>
    public static async Task Until(Func<bool> condition, Func<string> phase)
    {
        var end = Environment.TickCount64 + (long)Limit.TotalMilliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, $"{phase()}; not within {Limit.TotalSeconds} s");
            await Task.Delay(5);
        }
    }
}
