// The report's names are stable, documented, and written as a whole.
using System.Runtime.CompilerServices;
using System.Text.Json;
using XClassFlow.Data;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Stages.Tests.Reporting;

public sealed class RunReportTests : IDisposable
{
    private static readonly RunReport Full = new()
    {
        Run = "glyphs",
        Command = "train",
        Outcome = RunOutcome.Interrupted,
        Classes = 100_000_000,
        WorldSize = 4,
        Updates = 10,
        Samples = 2560,
        SamplesPerSecond = 512.5,
        StepMs = new PercentileReport(12.5, 20),
        PeakRssBytes = 5_000_000_000,
        TrainLoss = double.NaN,
        Eval = new AccuracyReport(0.5, 0.75, 100),
        Evaluations = [new EvaluationReport(5, 0.5, 0.25, 0.5, 100, 1.5), new EvaluationReport(10, 1, 0.5, 0.75, 100, 1.25)],
        ActiveClasses = new ActiveClassesReport("knn", 1000, 999.5, 8, 4000.5, [771]),
        Audits = [new AuditReport(1000, 16, 5.5, 5.25, 768, 0.75, 0.125, 0.5, null)],
        Gradients = new GradientsReport("top-k", 7, 0.25, [new GradientTrialReport(0.5, true, 4.5, 2.5)]),
        MicroBatches = [new MicroBatchesReport("whole", 2, [1, 2], [3.5, double.NaN])],
        Graph = new GraphReport(16, 3.5, null),
        Communication = new CommunicationReport(1 << 20, 0.25),
        Timeline = new TimelineReport(11, 4, 1.5, 1, 0.5, 0.125, 4096, 0.75),
        Incarnations = [new IncarnationReport(2, 3, 10, 12, "lost a node", 1.5)],
        Convergence = new ConvergenceReport(
            "enough", 1, [new DecisionReport(3, 192, 0.5, 5, 128, 2, "warm-up")], new CurveReport([5], [256], [4.5], [0.25], [0.5], [5], [128], [1.5], [2.5], [double.NaN], [0.01]), [new ReturnReport(3, 2, "trouble")]),
        Seed = ulong.MaxValue,
        Versions = new Dictionary<string, string> { ["xclassflow"] = "0.1.0" },
        Losses = [9.5, double.PositiveInfinity],
    };

    private readonly string folder = Directory.CreateTempSubdirectory("xclassflow-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void TheJsonIsGolden()
    {
        var file = Path.Combine(folder, "r.json");
        RunReportFile.Write(Full, file);

        Assert.Equal(
            """{"run":"glyphs","command":"train","outcome":"interrupted","classes":100000000,"world_size":4,"updates":10,"samples":2560,"samples_per_second":512.5"""
            + ""","step_ms":{"p50":12.5,"p95":20},"peak_rss_bytes":5000000000,"cpu_seconds":0,"train_loss":null,"eval":{"top1":0.5,"top5":0.75,"samples":100}"""
            + ""","evaluations":[{"step":5,"epoch":0.5,"top1":0.25,"top5":0.5,"samples":100,"seconds":1.5},{"step":10,"epoch":1,"top1":0.5,"top5":0.75,"samples":100,"seconds":1.25}]"""
            + ""","active_classes":{"mode":"knn","budget":1000,"mean":999.5,"group":8,"updated":4000.5,"rebuilt_for_recall":[771]},"audits":[{"step":1000,"samples":16,"exact_loss":5.5,"active_loss":5.25,"graph_step":768,"recall":0.75,"drift_mean":0.125,"drift_largest":0.5,"alarm":null}],"gradients":{"sparsifier":"top-k","sparse_updates":7,"mean_ratio":0.25,"trials":[{"ratio":0.5,"sparse":true,"whole_ms":4.5,"sparse_ms":2.5}]},"micro_batches":[{"gradients":"whole","chosen":2,"tried":[1,2],"step_ms":[3.5,null]}],"graph":{"k":16,"build_seconds":3.5,"recall":null}"""
            + ""","communication":{"bytes_sent":1048576,"exposed_seconds":0.25},"timeline":{"from_step":11,"steps":4,"step_seconds":1.5,"compute_seconds":1,"communication_seconds":0.5,"exposed_seconds":0.125,"received_bytes":4096,"hidden":0.75},"incarnations":[{"number":2,"nodes":3,"first_step":10,"end_step":12,"cause":"lost a node","seconds_to_resume":1.5}],"convergence":{"ended":"enough","left_out":1,"decisions":[{"step":3,"samples":192,"backbone_rate":0.5,"head_rate":5,"batch":128,"micro_batches":2,"why":"warm-up"}]"""
            + ""","curve":{"step":[5],"samples":[256],"loss":[4.5],"top1":[0.25],"backbone_rate":[0.5],"head_rate":[5],"batch":[128],"backbone_gradient":[1.5],"head_gradient":[2.5],"noise_scale":[null],"trust_ratio":[0.01]},"returns":[{"step":3,"to_step":2,"why":"trouble"}]},"seed":18446744073709551615,"versions":{"xclassflow":"0.1.0"},"losses":[9.5,null]}""",
            string.Concat(File.ReadAllText(file).Split('\n').Select(l => l.TrimStart())).Replace("\": ", "\":", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatIsWrittenReadsBack()
    {
        var file = Path.Combine(folder, "r.json");
        RunReportFile.Write(Full, file);
        RunReportFile.Write(Full with { TrainLoss = 2 }, file);

        var back = RunReportFile.Read(file);

        Assert.Equal(2, back.TrainLoss);
        Assert.Equal(Full.Evaluations, back.Evaluations);
        Assert.Equal(Full.Graph, back.Graph);
        Assert.True(double.IsNaN(back.Losses![1]));
        Assert.Single(Directory.GetFiles(folder));
    }

    [Fact]
    public void AbsentThingsAreNullAndPresent()
    {
        var file = Path.Combine(folder, "r.json");
        RunReportFile.Write(new RunReport { Run = "r", Command = "eval", Outcome = RunOutcome.Completed, Classes = 1, WorldSize = 1 }, file);

        using var json = JsonDocument.Parse(File.ReadAllText(file));
        foreach (var name in new[] { "step_ms", "train_loss", "eval", "active_classes", "audits", "gradients", "graph", "communication", "timeline", "incarnations", "convergence", "losses" })
        {
            Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty(name).ValueKind);
        }
    }

    [Fact]
    public void EveryNameIsDocumented()
    {
        var file = Path.Combine(folder, "r.json");
        RunReportFile.Write(Full, file);
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        var documented = File.ReadAllText(Path.Combine(SourceFolder(), "../../../docs/report.md"));

        Assert.All(Names(json.RootElement, ""), name => Assert.Contains($"`{name}`", documented, StringComparison.Ordinal));
    }

    [Fact]
    public void PlacesThatCannotBeWrittenAreFound()
    {
        Assert.Equal($"--report: '{folder}' is a directory; name a file", Assert.Throws<UserErrorException>(() => RunReportFile.CheckWritable(folder)).Message);
        Assert.Equal(
            $"--report: there is no directory '{folder}/no'; create it first",
            Assert.Throws<UserErrorException>(() => RunReportFile.CheckWritable(Path.Combine(folder, "no", "r.json"))).Message);
        RunReportFile.CheckWritable(Path.Combine(folder, "r.json"));
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void WhatIsNoReportIsRefused()
    {
        var file = Path.Combine(folder, "r.json");
        File.WriteAllText(file, "{ \"run\": 5 }");

        Assert.StartsWith($"{file}: no report can be read: ", Assert.Throws<UserErrorException>(() => RunReportFile.Read(file)).Message, StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => RunReportFile.Read(Path.Combine(folder, "none.json")));
    }

    [Fact]
    public void VersionsNameTheProgram() => Assert.Equal("0.1.0", RunVersions.Collect()["xclassflow"]);

    private static IEnumerable<string> Names(JsonElement element, string prefix) => element.EnumerateObject().SelectMany(p => p.Value.ValueKind switch
    {
        _ when p.Name == "versions" => [p.Name],
        JsonValueKind.Object => Names(p.Value, $"{prefix}{p.Name}.").Prepend(prefix + p.Name),
        JsonValueKind.Array when p.Value[0].ValueKind == JsonValueKind.Object => Names(p.Value[0], $"{prefix}{p.Name}[].").Prepend(prefix + p.Name),
        _ => [prefix + p.Name],
    });

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
