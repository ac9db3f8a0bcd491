// What has been found over a part of the classes: softmax statistics and the best classes of each sample.
using XClassFlow.Stages.Head.Rows;

namespace XClassFlow.Stages.Head;

/// <summary>Online softmax statistics (arXiv 1805.02867) and the k best of b samples. Of equal scores the lower class is the better.</summary>
internal sealed unsafe class ScoreSums
{
    // No class, also not the unknown one of a sample without a label.
    private const long None = -2;

    private readonly int _k;

    public ScoreSums(int samples, int k)
    {
        _k = k;
        (Max, Sum) = (new float[samples], new float[samples]);
        (Scores, Classes) = (new float[samples * k], new long[samples * k]);
        Array.Fill(Max, float.NegativeInfinity);
        Array.Fill(Scores, float.NegativeInfinity);
        Array.Fill(Classes, None);
    }

    /// <summary>Largest logit of each sample.</summary>
    public float[] Max { get; }

    /// <summary>Sum of exp(z - max).</summary>
    public float[] Sum { get; }

    /// <summary>[b, k], descending; -infinity where there were fewer classes.</summary>
    public float[] Scores { get; }

    /// <summary>[b, k].</summary>
    public long[] Classes { get; }

    /// <summary>Adds the logits of classes that lie above all seen so far.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="cosines">float32 [count]; overwritten.</param>
    /// <param name="count">Number of classes.</param>
    /// <param name="scale">s.</param>
    /// <param name="first">The first class.</param>
    public void Add(int sample, float* cosines, int count, float scale, long first)
    {
        var largest = scale * SoftmaxKernels.Max(cosines, count);
        if (largest > Worst(sample))
        {
            for (var j = 0; j < count; j++)
            {
                Offer(sample, scale * cosines[j], first + j);
            }
        }

        Raise(sample, largest);
        Sum[sample] += SoftmaxKernels.ExpSum(cosines, count, scale, -Max[sample]);
    }

    /// <summary>Adds what was found over classes above all seen so far.</summary>
    public void Add(ScoreSums other)
    {
        for (var i = 0; i < Max.Length; i++)
        {
            Raise(i, other.Max[i]);

            // Nothing there, or logits that are no numbers: then so is the sum.
            Sum[i] += float.IsNegativeInfinity(other.Max[i]) ? other.Sum[i] : other.Sum[i] * MathF.Exp(other.Max[i] - Max[i]);
            for (var j = i * _k; j < (i + 1) * _k; j++)
            {
                Offer(i, other.Scores[j], other.Classes[j]);
            }
        }
    }

    private float Worst(int sample) => Scores[((sample + 1) * _k) - 1];

    private void Raise(int sample, float max)
    {
        if (max > Max[sample])
        {
            Sum[sample] *= MathF.Exp(Max[sample] - max);
            Max[sample] = max;
        }
    }

    private void Offer(int sample, float score, long candidate)
    {
        if (!(score > Worst(sample)))
        {
            return;
        }

        var (first, place) = (sample * _k, ((sample + 1) * _k) - 1);
        for (; place > first && score > Scores[place - 1]; place--)
        {
            (Scores[place], Classes[place]) = (Scores[place - 1], Classes[place - 1]);
        }

        (Scores[place], Classes[place]) = (score, candidate);
    }
}
