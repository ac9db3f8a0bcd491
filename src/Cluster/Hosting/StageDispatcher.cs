// Gives every stage's actor a thread of its own.
using Akka.Configuration;
using Akka.Dispatch;

namespace XClassFlow.Cluster.Hosting;

/// <summary>Named in the configuration of the actor host's system. One dispatcher, and thread, for every actor that asks for it.</summary>
public sealed class StageDispatcher(Config config, IDispatcherPrerequisites prerequisites) : MessageDispatcherConfigurator(config, prerequisites)
{
    public override MessageDispatcher Dispatcher()
        => new Dispatcher(this, Config.GetString("id"), Config.GetInt("throughput"), null, new Threads(Config, Prerequisites), Config.GetTimeSpan("shutdown-timeout"));

    private sealed class Threads(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(config, prerequisites)
    {
        public override ExecutorService Produce(string id) => new StageThread(id, Config.GetBoolean("brief"));
    }
}
