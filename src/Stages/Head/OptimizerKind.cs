// The optimizers of class weights.
namespace XClassFlow.Stages.Head;

/// <summary>How a row moves by its gradient.</summary>
public enum OptimizerKind
{
    /// <summary>v = mu v + g, w = w - rate v; without momentum w = w - rate g, and no state.</summary>
    Sgd,

    /// <summary>
    /// Row-wise AdaGrad: h = h + mean(g^2) over the row, w = w - rate g / (sqrt(h) + epsilon). One float a row (Duchi, Hazan, Singer, JMLR 12, 2011; one step size per row as for
    /// the embedding tables of DLRM, arXiv 1906.00091, and FBGEMM's rowwise_adagrad).
    /// </summary>
    Adagrad,

    /// <summary>LARS with a row as a layer: SGD by the gradient r g, r = trust |w| / (|g| + floor |w|) of each row.</summary>
    Lars,
}
