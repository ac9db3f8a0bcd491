// Settings of the classification head.
using XClassFlow.Data;

namespace XClassFlow.Stages.Head;

/// <summary>Settings of the sharded softmax cross-entropy.</summary>
/// <param name="Normalize">Unit rows and embeddings (cosine head); off: inner products.</param>
/// <param name="Scale">s, the factor on cosines; without normalize it multiplies inner products.</param>
/// <param name="Margin">Margin on the target's cosine.</param>
/// <param name="MarginSize">m.</param>
/// <param name="LabelSmoothing">epsilon: share of the target probability spread over the active classes.</param>
/// <param name="Chunk">Rows that are multiplied at once; with at most this many active rows the logits of a step are kept, beyond they are computed again.</param>
/// <param name="Update">How rows are updated.</param>
public sealed record HeadSettings(
    bool Normalize = true,
    double Scale = 16,
    MarginKind Margin = MarginKind.None,
    double MarginSize = 0,
    double LabelSmoothing = 0,
    int Chunk = 8192,
    RowUpdate? Update = null)
{
    public RowUpdate Update { get; init; } = Update ?? new RowUpdate();

    public void Validate(string path)
    {
        if (Scale <= 0)
        {
            throw new UserErrorException($"scale = {Scale} is out of range", path, "use a positive number, 16 to 64 for cosines");
        }

        if (Margin != MarginKind.None && !Normalize)
        {
            throw new UserErrorException("a margin needs unit rows", path, "set normalize = on or margin = none");
        }

        if (MarginSize is < 0 or >= 1.5)
        {
            throw new UserErrorException($"margin-size = {MarginSize} is out of range", path, "use a value in [0, 1.5)");
        }

        if (LabelSmoothing is < 0 or >= 1)
        {
            throw new UserErrorException($"label-smoothing = {LabelSmoothing} is out of range", path, "use a value in [0, 1)");
        }

        if (Chunk < 16)
        {
            throw new UserErrorException($"chunk = {Chunk} is too small", path, "use at least 16 rows; 8192 is a good value");
        }
    }
}
