// Imports the MNIST family's IDX files: pictures in one file, labels in another.
using System.Buffers.Binary;
using XClassFlow.Data.DataSets;

namespace XClassFlow.Data.Import;

/// <summary>
/// Pictures: unsigned bytes, [n, height, width] or [n, height, width, channels]. Labels: [n], 8-, 16- or 32-bit big-endian. Both plain or gzipped,
/// streamed: memory does not grow with the files. Samples keep their order.
/// </summary>
public static class IdxImporter
{
    private const int MaxSide = 1 << 14;

    /// <exception cref="UserErrorException">A file is missing, damaged or of another kind, or the two do not match; nothing is written then.</exception>
    public static ImportResult Import(Settings settings, CancellationToken cancellation = default)
    {
        settings.Validate("");
        var names = settings.ClassNames.Length == 0 ? null : ReadNames(settings.ClassNames);
        using var images = new IdxFile(settings.Images);
        var shape = ShapeOf(images);
        var classes = CheckLabels(settings, images.Count, cancellation);
        using var labels = new IdxFile(settings.Labels);
        using var output = new ImportOutput(settings.Target, shape, classes, SampleStorage.RawPixels);
        var pixels = new byte[shape.Length];
        for (long item = 0; item < images.Count; item++)
        {
            cancellation.ThrowIfCancellationRequested();
            images.Read(pixels, item);
            output.Add(ReadLabel(labels, item), pixels);
        }

        images.ExpectEnd();
        return output.Complete([], names);
    }

    private static SampleShape ShapeOf(IdxFile images)
    {
        var sizes = images.Dimensions;
        if (images.Type != 0x08 || sizes.Count is not (3 or 4))
        {
            throw images.Bad($"it holds values of type 0x{images.Type:X2} in {sizes.Count} dimensions", "pictures are unsigned bytes (0x08) in 3 or 4 dimensions");
        }

        var channels = sizes.Count == 4 ? sizes[3] : 1;
        return sizes[1] <= MaxSide && sizes[2] <= MaxSide && channels is 1 or 3
            ? SampleShape.Image(sizes[1], sizes[2], channels)
            : throw images.Bad($"its pictures are {sizes[1]}x{sizes[2]}x{channels}", $"sides go up to {MaxSide}, channels are 1 or 3");
    }

    // A first pass over the labels: the file's header needs the number of classes, and a bad label should show before any picture is read.
    private static long CheckLabels(Settings settings, long images, CancellationToken cancellation)
    {
        using var labels = new IdxFile(settings.Labels);
        if (labels.Type is not (0x08 or 0x09 or 0x0B or 0x0C) || labels.Dimensions.Count != 1)
        {
            throw labels.Bad(
                $"it holds values of type 0x{labels.Type:X2} in {labels.Dimensions.Count} dimensions", "labels are integers (0x08, 0x09, 0x0B or 0x0C) in one dimension");
        }

        if (labels.Count != images)
        {
            throw labels.Bad($"it holds {labels.Count} labels but '{settings.Images}' holds {images} pictures", "name the two files of one set");
        }

        long classes = 0;
        for (long item = 0; item < labels.Count; item++)
        {
            cancellation.ThrowIfCancellationRequested();
            var label = ReadLabel(labels, item);
            if (label < 0 || (settings.Classes > 0 && label >= settings.Classes))
            {
                throw labels.Bad($"item {item}: the label is {label}", settings.Classes > 0 ? $"labels go from 0 to {settings.Classes - 1}" : "labels start at 0");
            }

            classes = Math.Max(classes, label + 1);
        }

        labels.ExpectEnd();
        return settings.Classes > 0 ? settings.Classes : classes;
    }

    private static long ReadLabel(IdxFile labels, long item)
    {
        Span<byte> bytes = stackalloc byte[labels.Type switch { 0x0C => 4, 0x0B => 2, _ => 1 }];
        labels.Read(bytes, item);
        return labels.Type switch
        {
            0x0C => BinaryPrimitives.ReadInt32BigEndian(bytes),
            0x0B => BinaryPrimitives.ReadInt16BigEndian(bytes),
            0x09 => (sbyte)bytes[0],
            _ => bytes[0],
        };
    }

    private static string[] ReadNames(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the class names cannot be read ({e.Message})", path, "name a text file, or leave it out", e);
        }
    }

    /// <summary>What to import.</summary>
    public sealed record Settings
    {
        /// <summary>The file of pictures.</summary>
        public string Images { get; init; } = "";

        /// <summary>The file of labels.</summary>
        public string Labels { get; init; } = "";

        /// <summary>Where to write.</summary>
        public ImportTarget Target { get; init; } = new("");

        /// <summary>Number of classes; 0: the largest label + 1. Give it where a part of a set lacks the last classes.</summary>
        public long Classes { get; init; }

        /// <summary>A text file of class names (label, tab, name) that is kept beside the result; may be empty.</summary>
        public string ClassNames { get; init; } = "";

        /// <exception cref="UserErrorException">A value is missing or out of range; names <paramref name="path"/>.key.</exception>
        public void Validate(string path)
        {
            if (string.IsNullOrWhiteSpace(Images) || string.IsNullOrWhiteSpace(Labels))
            {
                throw new UserErrorException(
                    "no file is named", SettingsCheck.Join(path, string.IsNullOrWhiteSpace(Images) ? "images" : "labels"), "name an IDX file, gzipped or not");
            }

            SettingsCheck.Within(path, "classes", Classes, 0, int.MaxValue + 1L);
            Target.Validate(path);
        }
    }
}
