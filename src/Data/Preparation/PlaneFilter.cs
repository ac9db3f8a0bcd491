// What a filter does to a pixel.
namespace XClassFlow.Data.Preparation;

internal enum PlaneFilter
{
    /// <summary>The largest of the pixel and its four neighbours: bright strokes grow.</summary>
    Largest,

    /// <summary>The smallest of them: bright strokes shrink.</summary>
    Smallest,

    /// <summary>The mean of the 3 x 3 pixels about it with weights 1 2 1, 2 4 2, 1 2 1: a blur.</summary>
    Binomial,
}
