// Everything a run is configured by: the block xclassflow of a configuration file.
using XClassFlow.Stages.Configuration;
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Training;

/// <summary>
/// A run's configuration. Component blocks stay <see cref="ConfigNode"/>s until <see cref="Components"/> makes the components; the block of the cluster is not a run's and is
/// bound by those who know networks.
/// </summary>
public sealed record RunSettings(
    DataSettings Data,
    ConfigNode Backbone,
    ConfigNode Optimizer,
    ConfigNode Convergence,
    string Name = "run",
    long Seed = 1,
    HostKind Host = HostKind.Actors,
    TorchSettings? Torch = null,
    LayoutSettings? Layout = null,
    ScheduleSettings? Schedule = null,
    HeadSettings? Head = null,
    ActiveClassesSettings? ActiveClasses = null,
    SparsifierSettings? Sparsifier = null,
    GuardSettings? Guard = null,
    RecordingSettings? Recording = null,
    TimelineSettings? Timeline = null,
    LimitSettings? Limits = null,
    ConfigNode? Stages = null,
    ConfigNode? Cluster = null)
{
    public TorchSettings Torch { get; init; } = Torch ?? new TorchSettings();

    public LayoutSettings Layout { get; init; } = Layout ?? new LayoutSettings();

    public ScheduleSettings Schedule { get; init; } = Schedule ?? new ScheduleSettings();

    public HeadSettings Head { get; init; } = Head ?? new HeadSettings();

    public ActiveClassesSettings ActiveClasses { get; init; } = ActiveClasses ?? new ActiveClassesSettings();

    public SparsifierSettings Sparsifier { get; init; } = Sparsifier ?? new SparsifierSettings();

    public GuardSettings Guard { get; init; } = Guard ?? new GuardSettings();

    public RecordingSettings Recording { get; init; } = Recording ?? new RecordingSettings();

    public TimelineSettings Timeline { get; init; } = Timeline ?? new TimelineSettings();

    public LimitSettings Limits { get; init; } = Limits ?? new LimitSettings();

    /// <summary>Binds and checks a configuration.</summary>
    /// <param name="node">The block xclassflow.</param>
    /// <exception cref="Data.UserErrorException">A key is unknown, missing or has a bad value.</exception>
    public static RunSettings Bind(ConfigNode node) => SettingsBinder.Bind<RunSettings>(node);
}
