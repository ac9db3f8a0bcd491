// Height and width of pictures, as written on the command line: 28x28.
using System.Globalization;

namespace XClassFlow.Cli;

internal sealed record ImageSize(int Height, int Width)
{
    /// <summary>Reads HEIGHTxWIDTH; null where the text is none.</summary>
    public static ImageSize? Parse(string text) =>
        text.Split('x') is [var h, var w]
        && int.TryParse(h, NumberStyles.None, CultureInfo.InvariantCulture, out var height)
        && int.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out var width)
        && height is > 0 and <= 16_384 && width is > 0 and <= 16_384
            ? new ImageSize(height, width) : null;
}
