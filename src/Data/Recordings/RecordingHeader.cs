// What a recording says about the run it was taken from.
namespace XClassFlow.Data.Recordings;

/// <summary>The run's part of recording.json: enough to build the same graph again.</summary>
public sealed record RecordingHeader
{
    /// <summary>The run's whole configuration as text (HOCON).</summary>
    public required string Configuration { get; init; }

    /// <summary>The run's seed.</summary>
    public required long Seed { get; init; }

    /// <summary>Ranks in the run.</summary>
    public required int WorldSize { get; init; }

    /// <summary>The rank whose edges these are; null where one process recorded all ranks.</summary>
    public int? Rank { get; init; }

    /// <summary>Incarnation of the cluster's layout.</summary>
    public long Incarnation { get; init; }

    /// <summary>When recording started.</summary>
    public DateTimeOffset StartedAt { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>Software by name.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();
}
