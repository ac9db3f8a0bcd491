// What a run says about itself in a checkpoint.
namespace XClassFlow.Data.Checkpoints;

/// <summary>The run's part of the manifest; files and their checksums are added by <see cref="CheckpointWriter.Commit"/>.</summary>
public sealed record CheckpointInfo
{
    /// <summary>The run's whole configuration as text (HOCON), so that it can be continued or evaluated from the checkpoint alone.</summary>
    public required string Configuration { get; init; }

    /// <summary>The run's seed.</summary>
    public required long Seed { get; init; }

    /// <summary>Software by name, e.g. "xclassflow" -> "0.1.0".</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();

    /// <summary>Numbers such as samples seen; whole numbers are exact up to 2^53. NaN and infinities are kept.</summary>
    public IReadOnlyDictionary<string, double> Scalars { get; init; } = new Dictionary<string, double>();

    /// <summary>Small texts such as the state of the schedule; larger ones belong into a file of their own.</summary>
    public IReadOnlyDictionary<string, string> Texts { get; init; } = new Dictionary<string, string>();
}
