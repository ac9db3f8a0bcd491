// How the elements of a stored row are read and written.
using System.Runtime.Intrinsics;

namespace XClassFlow.Stages.Head.Rows;

/// <summary>A storage type of class weights, as the kernels see it: eight elements at a time, or one. Implementations are empty structs, so the kernels are compiled for each.</summary>
internal unsafe interface IRowElement
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Size { get; }

    /// <summary>Elements d to d + 7 of a row, widened.</summary>
    static abstract Vector256<float> Load(byte* row, int d);

    /// <summary>Element d of a row, widened.</summary>
    static abstract float LoadOne(byte* row, int d);

    /// <summary>Stores elements d to d + 7, rounded by the row's key.</summary>
    static abstract void Store(byte* row, int d, Vector256<float> values, RoundingKey key);

    /// <summary>Stores element d: the scalar twin of <see cref="Store"/>, equal bit by bit.</summary>
    static abstract void StoreOne(byte* row, int d, float value, RoundingKey key);

    /// <summary>Stores element d rounded to nearest, ties to even: for values that are made, not learned.</summary>
    static abstract void StoreNearest(byte* row, int d, float value);
}
