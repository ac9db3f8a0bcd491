// Settings of the classification head.
using XClassFlow.Data;

namespace XClassFlow.Stages.Head;

/// <summary>Settings of the sharded softmax cross-entropy.</summary>
/// <param name="Normalize">Unit rows and embeddings (cosine head); off: inner products.</param>
/// <param name="Scale">s, the factor on cosines; without normalize it multiplies inner products.</param>
/// <param name="Margin">Margin on the target's cosine.</param>
/// <param name="MarginSize">m.</param>
/// <param name="LabelSmoothing">epsilon: share of the target probability spread over the active classes.</param>
/// <param name="Chunk">Most rows that a thread multiplies at once.</param>
/// <param name="KeptMib">MiB of rows and softmax that a step keeps from forward to update; what does not fit is computed again.</param>
/// <param name="Weights">How rows are stored.</param>
/// <param name="Update">How rows are updated.</param>
public sealed record HeadSettings(
    bool Normalize = true,
    double Scale = 16,
    MarginKind Margin = MarginKind.None,
    double MarginSize = 0,
    double LabelSmoothing = 0,
    int Chunk = 1024,
    int KeptMib = 64,
    WeightSettings? Weights = null,
    RowUpdate? Update = null)
{
    public WeightSettings Weights { get; init; } = Weights ?? new WeightSettings();

    public RowUpdate Update { get; init; } = Update ?? new RowUpdate();

    public void Validate(string path)
    {
        SettingsCheck.Positive(path, "scale", Scale, "16 to 64 for cosines");
        SettingsCheck.Require(Margin == MarginKind.None || Normalize, path, "margin", Margin, "a margin needs unit rows: set normalize = on or margin = none");
        SettingsCheck.Below(path, "margin-size", MarginSize, 1.5);
        SettingsCheck.Below(path, "label-smoothing", LabelSmoothing, 1);
        SettingsCheck.Require(Chunk >= 16, path, "chunk", Chunk, "write at least 16 rows; 1024 is a good value");
        SettingsCheck.Require(KeptMib >= 0, path, "kept-mib", KeptMib, "write 0 to keep nothing; 64 is a good value");
    }
}
