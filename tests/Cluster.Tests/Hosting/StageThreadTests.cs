// The thread of a stage's actor: order, no lost work, and its end.
using Akka.Dispatch;
using XClassFlow.Cluster.Hosting;
using XClassFlow.Cluster.Tests.Lane;

namespace XClassFlow.Cluster.Tests.Hosting;

public sealed class StageThreadTests
{
    [Fact]
    public async Task Work_of_several_threads_runs_once_in_each_ones_order_on_one_thread()
    {
        const int Senders = 4;
        const int Each = 20_000;
        var thread = new StageThread("test", brief: false);
        var (next, left, threads) = (new int[Senders], Senders * Each, new HashSet<int>());
        var (done, disorder) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
        var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            var random = new Random(sender);
            for (var i = 0; i < Each; i++)
            {
                var number = i;
                thread.Execute(new Work(() =>
                {
                    threads.Add(Environment.CurrentManagedThreadId);
                    disorder += next[sender]++ == number ? 0 : 1;
                    if (--left == 0)
                    {
                        done.SetResult();
                    }
                }));

                // Now and then long enough for the thread to fall asleep: a wake-up that is lost stops everything.
                if (random.Next(500) == 0)
                {
                    await Task.Delay(1, CancellationToken.None);
                }
            }
        })).ToArray();
        await Task.WhenAll(senders).InTime("sending work");
        await done.Task.InTime("all work should be done");
        Assert.Equal(0, disorder);
        Assert.Single(threads);
        thread.Shutdown();
        Assert.Throws<RejectedExecutionException>(() => thread.Execute(new Work(() => { })));
    }

    [Fact]
    public async Task Work_of_a_brief_stage_runs_also_on_threads_that_receive_but_never_twice_at_once()
    {
        const int Receivers = 3;
        const int Each = 20_000;
        var thread = new StageThread("test", brief: true);
        var (next, left, atOnce, here, onPool) = (new int[Receivers + 1], (Receivers + 1) * Each, 0, 0, 0);
        var (done, disorder, together) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0, 0);

        // Sender 0 is a thread of the pool, which must not run it.
        void Send(int sender)
        {
            var from = Environment.CurrentManagedThreadId;
            for (var i = 0; i < Each; i++)
            {
                var expected = i;
                var work = new Work(() =>
                {
                    together += Interlocked.Increment(ref atOnce) == 1 ? 0 : 1;
                    here += Environment.CurrentManagedThreadId == from ? 1 : 0;
                    onPool += Thread.CurrentThread.IsThreadPoolThread ? 1 : 0;
                    disorder += next[sender]++ == expected ? 0 : 1;
                    Interlocked.Decrement(ref atOnce);
                    if (--left == 0)
                    {
                        done.SetResult();
                    }
                });
                ArrivalThread.Open();
                thread.Execute(work);
                ArrivalThread.Close();
            }
        }

        var receivers = Enumerable.Range(1, Receivers).Select(r => new Thread(() => Send(r)) { IsBackground = true }).ToArray();
        Array.ForEach(receivers, r => r.Start());
        await Task.Run(() => Send(0)).InTime("sending work");
        await done.Task.InTime("all work should be done");
        Assert.Equal((0, 0, 0), (disorder, together, onPool));
        Assert.True(here > 0, "nothing ran on a thread that received it");
        thread.Shutdown();
    }

    private sealed class Work(Action body) : IRunnable
    {
        public void Run() => body();

        public void Execute() => body();
    }
}
