// The rules by which classes take part in a step.
namespace XClassFlow.Stages.Selection;

/// <summary>How the active classes of a step are chosen. The labels of the batch always take part.</summary>
public enum SelectionMode
{
    /// <summary>All N classes: the full softmax.</summary>
    All,

    /// <summary>Uniform random classes (the rule of PartialFC, ICCVW 2021); uncorrected.</summary>
    Uniform,

    /// <summary>The labels' nearest classes by best rank (KNN softmax, KDD 2020); uncorrected.</summary>
    Knn,

    /// <summary>Neighbours exactly, and far classes by a uniform sample that stands for all of them (logits corrected by -log q): an estimate of the full softmax.</summary>
    Mix,
}
