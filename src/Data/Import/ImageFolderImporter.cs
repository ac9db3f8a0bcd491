// Imports a folder of pictures with one folder for each class.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Preparation;

namespace XClassFlow.Data.Import;

/// <summary>
/// PNG, JPEG, BMP and WebP. Every picture is decoded once, so that one that cannot be read shows here and not during training; it is left out and
/// listed. One picture is in memory at a time.
/// </summary>
public static class ImageFolderImporter
{
    /// <exception cref="UserErrorException">The folder or a class folder has no pictures, or none can be read; nothing is written then.</exception>
    public static ImportResult Import(Settings settings, CancellationToken cancellation = default)
    {
        settings.Validate("");
        var folder = new ImageFolder(settings.Folder);
        var shape = ShapeOf(settings, folder);
        List<SkippedFile> skipped = [.. folder.Strays.Select(f => new SkippedFile(f, "it lies in no class folder"))];
        using var output = new ImportOutput(settings.Target, shape, folder.Folders.Count, settings.Storage);
        var pixels = new byte[shape.Length];
        for (var label = 0; label < folder.Folders.Count; label++)
        {
            foreach (var file in folder.FilesOf(label))
            {
                cancellation.ThrowIfCancellationRequested();
                var (content, reason) = Read(file, shape, settings.Storage, pixels);
                if (reason.Length > 0)
                {
                    skipped.Add(new(file, reason));
                }
                else
                {
                    output.Add(label, content);
                }
            }
        }

        return output.Complete(skipped, folder.ClassNames());
    }

    // The content to store, or why there is none.
    private static (byte[] Content, string Reason) Read(string file, SampleShape shape, SampleStorage storage, byte[] pixels)
    {
        if (!ImageFolder.IsPicture(file))
        {
            return ([], "its name is not that of a picture");
        }

        try
        {
            var encoded = File.ReadAllBytes(file);
            ImageDecoder.Decode(encoded, shape, pixels);
            return (storage == SampleStorage.RawPixels ? pixels : IsPngOrJpeg(encoded) ? encoded : ImageEncoder.EncodePng(pixels, shape), "");
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return ([], e.Message);
        }
    }

    // By the first bytes: names lie.
    private static bool IsPngOrJpeg(ReadOnlySpan<byte> encoded) => encoded.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]) || encoded.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    private static SampleShape ShapeOf(Settings settings, ImageFolder folder)
    {
        if (settings is { Height: > 0, Width: > 0, Channels: > 0 })
        {
            return SampleShape.Image(settings.Height, settings.Width, settings.Channels);
        }

        var first = FirstShape(folder, settings.Folder);
        return SampleShape.Image(
            settings.Height > 0 ? settings.Height : first.Height,
            settings.Width > 0 ? settings.Width : first.Width,
            settings.Channels > 0 ? settings.Channels : first.Channels);
    }

    private static SampleShape FirstShape(ImageFolder folder, string path)
    {
        for (var label = 0; label < folder.Folders.Count; label++)
        {
            foreach (var file in folder.FilesOf(label).Where(ImageFolder.IsPicture))
            {
                try
                {
                    return ImageDecoder.ShapeOf(File.ReadAllBytes(file));
                }
                catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
                {
                    // The import itself lists it with its reason; here the next one will do.
                }
            }
        }

        throw new UserErrorException("not one picture can be read", path, "check the files");
    }

    /// <summary>What to import, and how it is stored.</summary>
    public sealed record Settings
    {
        /// <summary>The folder that holds one folder for each class.</summary>
        public string Folder { get; init; } = "";

        /// <summary>Where to write.</summary>
        public ImportTarget Target { get; init; } = new("");

        /// <summary>Height that pictures are resized to; 0: that of the first one.</summary>
        public int Height { get; init; }

        /// <summary>Width that pictures are resized to; 0: that of the first one.</summary>
        public int Width { get; init; }

        /// <summary>1 (grey) or 3 (RGB); 0: as the first picture is.</summary>
        public int Channels { get; init; }

        /// <summary>Raw pixels of the final size (fast to read), or the PNG and JPEG files as they are (small; others become PNG).</summary>
        public SampleStorage Storage { get; init; } = SampleStorage.RawPixels;

        /// <exception cref="UserErrorException">A value is missing or out of range; names <paramref name="path"/>.key.</exception>
        public void Validate(string path)
        {
            if (string.IsNullOrWhiteSpace(Folder))
            {
                throw new UserErrorException("no folder is named", SettingsCheck.Join(path, "folder"), "name a folder that holds one folder for each class");
            }

            Target.Validate(path);
            SettingsCheck.Within(path, "height", Height, 0, 1 << 14);
            SettingsCheck.Within(path, "width", Width, 0, 1 << 14);
            SettingsCheck.Require(Channels is 0 or 1 or 3, path, "channels", Channels, "write 1 (grey), 3 (RGB) or 0 (as the first picture)");

            SettingsCheck.Require(
                Storage is SampleStorage.RawPixels or SampleStorage.EncodedImages, path, "storage", Storage, "write raw-pixels or encoded-images");
        }
    }
}
