// Nodes of one run, each a process of its own.
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace XClassFlow.EndToEnd.Tests.Support;

/// <summary>A folder with the run's configuration, and the processes started from it. Disposing kills them. By default on loopback; on a network each process is a host.</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    /// <summary>Longest wait for anything; processes start slowly where many share two cores.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-cluster-");
    private readonly List<CommandProcess> _processes = [];
    private readonly TestNetwork? _network;
    private readonly int[] _ports;

    /// <param name="worldSize">Nodes of the run.</param>
    /// <param name="settings">More lines of the block xclassflow.</param>
    /// <param name="network">Hosts for the processes; null: loopback. Stays the caller's.</param>
    public RunningCluster(int worldSize, string settings = "", TestNetwork? network = null)
    {
        _network = network;
        _ports = network is null ? FreePorts(2) : [.. Enumerable.Repeat(4053, network.Hosts)];
        var seeds = string.Join(", ", _ports.Select((port, i) => $"\"{Host(i)}:{port}\""));
        Write("run.conf", $$"""
            xclassflow {
              name = end-to-end
              host = cluster
              data {
                train { type = generated-features, generated-features { classes = 403, width = 16, samples-per-class = 40 } }
                test { type = generated-features, generated-features { classes = 403, width = 16, samples-per-class = 2, split = test } }
              }
              schedule { updates = 400, batch = 48, checkpoint-every = 40 }
              backbone { type = mlp, mlp { width = 16, hidden = [32] } }
              layout { replicas = 0, shards = 0 }
              active-classes { mode = mix, budget = 120, neighbours = 8, rebuild-every = 50 }
              convergence.warmup-cosine.rates { backbone = 0.05, head = 0.3 }
              torch.threads = 1
              cluster {
                seeds = [{{seeds}}]
                world-size = {{worldSize}}
                security.secret = "of the end-to-end tests"
                failure { heartbeat = 500ms, acceptable-pause = 4s, stable-after = 3s }
                lane { silence = 10s, reconnect-timeout = 30s }
              }
            {{settings}}
            }
            """);
    }

    public string Folder => _folder.FullName;

    /// <summary>Where the run writes its checkpoints.</summary>
    public string Checkpoints => Path.Combine(Folder, "checkpoints");

    /// <summary>Starts a node.</summary>
    /// <param name="seed">Which seed it is; null: none. On a network every host is one, so that there is always a living one to join.</param>
    /// <param name="host">Its host on the network.</param>
    /// <param name="sets">Overrides.</param>
    public CommandProcess Node(int? seed = null, int host = 0, params IReadOnlyList<string> sets) => Start("node", seed, host, ["node", "-c", "run.conf"], sets);

    /// <summary>Starts a node that submits the run.</summary>
    public CommandProcess Train(int host = 0, params IReadOnlyList<string> sets) => Submit(host, sets);

    /// <summary>Starts a node that submits the run again, from its last checkpoint on.</summary>
    public CommandProcess Resume(params IReadOnlyList<string> sets) => Submit(0, sets, "--resume");

    /// <summary>Trains in one process with as many ranks and shards, from the same configuration.</summary>
    public Task<JsonElement> TrainAloneAsync(int ranks) => TrainAloneAsync(ranks, ranks, []);

    /// <summary>The same with overrides.</summary>
    public async Task<JsonElement> TrainAloneAsync(int ranks, int shards, IReadOnlyList<string> sets, TimeSpan? limit = null)
    {
        var process = Add(CommandProcess.Start("train alone", Folder,
        [
            "train", "-c", "run.conf", "--report", "alone.json", "--report-losses", "--progress", "none", "--set", "host=actors",
            "--set", $"layout.replicas={ranks}", "--set", $"layout.shards={shards}", "--checkpoint", Path.Combine(Folder, "alone"), .. sets.SelectMany(set => new[] { "--set", set }),
        ]));
        Assert.Equal(0, await process.ExitAsync(limit ?? Patience));
        return Json("alone.json");
    }

    /// <summary>The report of the run.</summary>
    public JsonElement Report() => Json("report.json");

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    /// <summary>Checks that all of some processes end with a code.</summary>
    public static async Task ExpectExitAsync(int code, params IReadOnlyList<CommandProcess> processes)
    {
        foreach (var process in processes)
        {
            var actual = await process.ExitAsync(Patience);
            Assert.True(actual == code, $"{process.Name} ended with {actual}, expected {code}; {process.Tail()}");
        }
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }

    private CommandProcess Submit(int host, IReadOnlyList<string> sets, params string[] more) => Start(
        "train", null, host,
        ["train", "-c", "run.conf", "--checkpoint", Checkpoints, "--report", "report.json", "--report-losses", "--progress", "plain", "--progress-every", "0.2", .. more], sets);

    private string Host(int host) => _network is null ? "127.0.0.1" : TestNetwork.AddressOf(host);

    private CommandProcess Start(string name, int? seed, int host, string[] arguments, IReadOnlyList<string> sets)
    {
        seed = _network is null ? seed : host;
        IEnumerable<string> own = [$"cluster.host={Host(host)}", .. seed is { } s ? [$"cluster.port={_ports[s]}"] : Array.Empty<string>(), .. sets];
        string[] line = [.. arguments, .. own.SelectMany(set => new[] { "--set", set })];
        var number = _processes.Count.ToString(CultureInfo.InvariantCulture);
        return Add(CommandProcess.Start($"{name} {number}", Folder, line, _network is null ? [] : _network.On(host)));
    }

    private CommandProcess Add(CommandProcess process)
    {
        _processes.Add(process);
        return process;
    }

    private JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, name))).RootElement;
}
