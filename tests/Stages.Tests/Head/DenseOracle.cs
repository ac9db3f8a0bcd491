// The head in plain double-precision loops, written from the formulas and not from the code: what every sharded, streamed form must equal.
using XClassFlow.Stages.Head;

namespace XClassFlow.Stages.Tests.Head;

/// <summary>Loss and gradients of the softmax cross-entropy over a weighted set of active classes.</summary>
internal static class DenseOracle
{
    /// <param name="settings">Head settings; chunk and update are of no meaning here.</param>
    /// <param name="w">Class weights [N][D].</param>
    /// <param name="x">Embeddings [B][D].</param>
    /// <param name="labels">[B].</param>
    /// <param name="active">Active classes with the number of classes each stands for; labels among them, with 1.</param>
    public static (double Loss, double[][] DX, double[][] DW) Of(
        HeadSettings settings, double[][] w, double[][] x, int[] labels, IReadOnlyList<(int Class, double Represents)> active)
    {
        var (b, a) = (x.Length, active.Count);
        var total = active.Sum(c => c.Represents);
        var loss = 0.0;
        var (dx, dw) = (Zeros(x), Zeros(w));
        for (var i = 0; i < b; i++)
        {
            var z = new double[a];
            var slope = new double[a];
            for (var j = 0; j < a; j++)
            {
                var similarity = Similarity(settings, w[active[j].Class], x[i]);
                (z[j], slope[j]) = active[j].Class == labels[i] ? WithMargin(settings, similarity) : (similarity, 1.0);
                z[j] *= settings.Scale;
            }

            var weighted = z.Select((v, j) => v + Math.Log(active[j].Represents)).ToArray();
            var max = weighted.Max();
            var sum = weighted.Sum(v => Math.Exp(v - max));
            for (var j = 0; j < a; j++)
            {
                var target = (settings.LabelSmoothing * active[j].Represents / total) + (active[j].Class == labels[i] ? 1 - settings.LabelSmoothing : 0);
                loss += target * (max + Math.Log(sum) - z[j]) / b;
                var dSimilarity = ((Math.Exp(weighted[j] - max) / sum) - target) * settings.Scale * slope[j] / b;
                AddGradients(settings, w[active[j].Class], x[i], dSimilarity, dw[active[j].Class], dx[i]);
            }
        }

        return (loss, dx, dw);
    }

    /// <summary>One step of SGD with momentum and decay on every row.</summary>
    public static void Update(double[][] w, double[][] v, double[][] dw, double rate, double momentum, double decay)
    {
        for (var c = 0; c < w.Length; c++)
        {
            for (var d = 0; d < w[c].Length; d++)
            {
                v[c][d] = (momentum * v[c][d]) + dw[c][d] + (decay * w[c][d]);
                w[c][d] -= rate * v[c][d];
            }
        }
    }

    public static double[][] Zeros(double[][] like) => Array.ConvertAll(like, r => new double[r.Length]);

    private static double Similarity(HeadSettings settings, double[] w, double[] x)
        => settings.Normalize ? Dot(w, x) / (Norm(w) * Norm(x)) : Dot(w, x);

    private static (double Value, double Slope) WithMargin(HeadSettings settings, double cosine)
    {
        var m = settings.MarginSize;
        if (settings.Margin == MarginKind.CosFace)
        {
            return (cosine - m, 1);
        }

        if (settings.Margin == MarginKind.None)
        {
            return (cosine, 1);
        }

        var theta = Math.Acos(cosine);
        return theta + m < Math.PI ? (Math.Cos(theta + m), Math.Sin(theta + m) / Math.Sin(theta)) : (cosine - (m * Math.Sin(m)), 1);
    }

    private static void AddGradients(HeadSettings settings, double[] w, double[] x, double dSimilarity, double[] dw, double[] dx)
    {
        var (nw, nx) = settings.Normalize ? (Norm(w), Norm(x)) : (1, 1);
        var cosine = Dot(w, x) / (nw * nx);
        for (var d = 0; d < w.Length; d++)
        {
            dw[d] += dSimilarity * (settings.Normalize ? ((x[d] / nx) - (cosine * w[d] / nw)) / nw : x[d]);
            dx[d] += dSimilarity * (settings.Normalize ? ((w[d] / nw) - (cosine * x[d] / nx)) / nx : w[d]);
        }
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    private static double Norm(double[] a) => Math.Sqrt(Dot(a, a));
}
