// The report of a run: one JSON object with stable names, described in docs/report.md.
namespace XClassFlow.Stages.Reporting;

/// <summary>
/// What <c>--report</c> writes. In JSON the names are the snake_case forms of these properties; every name is always there, null where a run has no such
/// thing or the number is not finite.
/// </summary>
public sealed record RunReport
{
    /// <summary>The run's name.</summary>
    public required string Run { get; init; }

    /// <summary>The command: <c>train</c>, <c>eval</c>, ...</summary>
    public required string Command { get; init; }

    public required RunOutcome Outcome { get; init; }

    public required long Classes { get; init; }

    /// <summary>Ranks.</summary>
    public required int WorldSize { get; init; }

    /// <summary>Weight updates of this run, those before a resume not counted.</summary>
    public long Updates { get; init; }

    /// <summary>Samples of this run: trained on, or evaluated.</summary>
    public long Samples { get; init; }

    public double SamplesPerSecond { get; init; }

    public PercentileReport? StepMs { get; init; }

    /// <summary>Largest resident memory of a process of the run.</summary>
    public long PeakRssBytes { get; init; }

    /// <summary>Processor time, over all threads, of the process that made the report.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Mean loss of the last steps.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>The last evaluation.</summary>
    public AccuracyReport? Eval { get; init; }

    /// <summary>Every evaluation, first one first.</summary>
    public IReadOnlyList<EvaluationReport> Evaluations { get; init; } = [];

    public ActiveClassesReport? ActiveClasses { get; init; }

    /// <summary>Every audit of the active classes, first one first; null where none was asked for.</summary>
    public IReadOnlyList<AuditReport>? Audits { get; init; }

    /// <summary>Null where gradients are always whole.</summary>
    public GradientsReport? Gradients { get; init; }

    /// <summary>What was chosen, first one first; null where the number of micro-batches is fixed.</summary>
    public IReadOnlyList<MicroBatchesReport>? MicroBatches { get; init; }

    public GraphReport? Graph { get; init; }

    public CommunicationReport? Communication { get; init; }

    /// <summary>Null where no timeline was made.</summary>
    public TimelineReport? Timeline { get; init; }

    /// <summary>The layouts that a run of a cluster had, first one first; null in one process.</summary>
    public IReadOnlyList<IncarnationReport>? Incarnations { get; init; }

    /// <summary>What was decided and how the run went; null without steps.</summary>
    public ConvergenceReport? Convergence { get; init; }

    public ulong Seed { get; init; }

    /// <summary>Versions of what took part, by name; <see cref="RunVersions"/> fills it.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();

    /// <summary>The loss of every step, where it was asked for.</summary>
    public IReadOnlyList<double>? Losses { get; init; }
}
