// Small random problems for tests of the head.
using XClassFlow.Stages.Head;

namespace XClassFlow.Stages.Tests.Head;

internal static class HeadProblem
{
    /// <summary>N rows and B embeddings of width D; labels from the lower half of the classes, so that some occur twice.</summary>
    public static (double[][] W, double[][] X, int[] Labels) Of(int n, int d, int b, int seed = 1)
    {
        var random = new Random(seed);
        return (Matrices.Normal(n, d, 0.3, 11), Matrices.Normal(b, d, 2, 1000 + seed), [.. Enumerable.Range(0, b).Select(_ => random.Next((n + 1) / 2))]);
    }

    public static HeadSettings Settings(string head) => head switch
    {
        "cosine" => new HeadSettings(),
        "plain" => new HeadSettings(Normalize: false, Scale: 1.5),
        "arc-face" => new HeadSettings(Margin: MarginKind.ArcFace, MarginSize: 0.5, Scale: 30),
        "arc-face-wide" => new HeadSettings(Margin: MarginKind.ArcFace, MarginSize: 1.4),
        "cos-face" => new HeadSettings(Margin: MarginKind.CosFace, MarginSize: 0.35, Scale: 30),
        "smoothed" => new HeadSettings(LabelSmoothing: 0.1, Margin: MarginKind.CosFace, MarginSize: 0.2),
        _ => new HeadSettings(Normalize: false, Scale: 1, LabelSmoothing: 0.2),
    };

    /// <summary>dW from the rows before and after one step of plain SGD.</summary>
    public static double[][] Gradient(double[][] before, double[][] after, double rate)
        => [.. before.Zip(after, (b, a) => b.Zip(a, (x, y) => (x - y) / rate).ToArray())];
}
