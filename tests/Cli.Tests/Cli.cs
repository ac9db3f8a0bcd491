// The command line with captured streams and stand-ins for runs and importers.
using Spectre.Console;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Tests;

internal sealed class Cli : IDisposable
{
    private const string Reference = """
        xclassflow { classes = 10, head { scale = 16, margin = 0 } }
        akka { loglevel = INFO }
        """;

    private readonly StringWriter output = new() { NewLine = "\n" };
    private readonly StringWriter error = new() { NewLine = "\n" };

    public Cli()
    {
        Interrupts = new Interrupts(ended.Add);
        Directory.CreateDirectory(Folder);
    }

    public FakeRuns Runs { get; } = new();

    public FakeCluster Cluster { get; } = new();

    public IGraphCommands Graphs { get; set; } = new LocalGraphs();

    public FakeImports Imports { get; } = new();

    public ManualTime Time { get; } = new();

    public Interrupts Interrupts { get; }

    public IAnsiConsole? Terminal { get; set; }

    public IReadOnlyList<int> Ended => ended;

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"xclassflow-{Guid.NewGuid():N}");

    public string Out => output.ToString();

    public string Error => error.ToString();

    private readonly List<int> ended = [];

    public Task<int> RunAsync(params string[] args) => new CommandLine(new CommandServices
    {
        Runs = Runs,
        Cluster = Cluster,
        Graphs = Graphs,
        Imports = Imports,
        Reference = () => Reference,
        Out = output,
        Error = error,
        Terminal = Terminal,
        Time = Time,
        Interrupts = Interrupts,
    }).RunAsync(args);

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        Interrupts.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
