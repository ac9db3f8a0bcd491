// Numbers of element types on the wire; they never change, unlike a library's own.
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>Element types that can cross the lane.</summary>
internal static class ElementCode
{
    private static readonly ScalarType[] Types =
    [
        ScalarType.Float32, ScalarType.Float64, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64,
        ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool,
    ];

    private static readonly byte[] Sizes = [4, 8, 2, 2, 8, 4, 2, 1, 1, 1];

    public static IReadOnlyList<ScalarType> All => Types;

    /// <summary>The code of a type, or -1 where it cannot cross the lane.</summary>
    public static int Of(ScalarType type) => Array.IndexOf(Types, type);

    /// <summary>Type and element size of a code.</summary>
    /// <returns>False for an unknown code.</returns>
    public static bool TryGet(byte code, out ScalarType type, out int size)
    {
        var known = code < Types.Length;
        type = known ? Types[code] : default;
        size = known ? Sizes[code] : 0;
        return known;
    }
}
