// The configuration that all rungs have in common.
using System.Globalization;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cluster.Benchmarks;

internal static class LadderConfiguration
{
    /// <summary>Width of the features and of the embeddings.</summary>
    private const int Width = 128;

    /// <summary>HOCON of a run on local processes; the first node listens at the seed's address.</summary>
    /// <param name="options">Sizes.</param>
    /// <param name="nodes">Processes.</param>
    /// <param name="megabits">What each may send by itself; null: what its line carries.</param>
    /// <param name="seed">Address and port of the first node.</param>
    /// <param name="trace">File of the timeline.</param>
    public static string Of(LadderOptions options, int nodes, int? megabits, string seed, string trace) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        xclassflow {
          name = ladder
          host = cluster
          torch.threads = {{Math.Max(1, Environment.ProcessorCount / nodes)}}
          layout { replicas = 0, shards = 0 }
          data.train { type = generated-features, generated-features { classes = {{options.Classes}}, width = {{Width}}, samples-per-class = 10 } }
          # 10,027,008 parameters in the linear layers.
          backbone { type = mlp, mlp { width = {{Width}}, hidden = [2560, 2048, 2048] } }
          schedule { updates = {{options.WarmUp + options.Steps}}, batch = {{options.Batch}} }
          # A graph of the first weights means little, and none is built while it is measured.
          active-classes { neighbours = 16, rebuild-every = 1000000000, graph-recall = 0 }
          convergence { type = constant, constant.rates { backbone = 0.01, head = 0.1 } }
          timeline { file = {{HoconText.Quoted(trace)}}, from-step = {{options.WarmUp + 1}}, steps = {{options.Steps}} }
          cluster {
            world-size = {{nodes}}
            seeds = ["{{seed}}"]
            security.secret = "of the throughput ladder"
            lane.rate = {{(megabits ?? 0) * 125_000L}}B
          }
        }
        """);
}
