// Every way in which a file can be wrong is one UserErrorException that names the file, and the row where there is one.
using Apache.Arrow;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.DataSets;

public sealed class ArrowDataSetErrorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void MissingEmptyAndForeignFiles()
    {
        AssertError(_folder.File("none.arrow"), "no such file");
        AssertError(_folder.Path, "cannot be read");
        var path = _folder.File("x.arrow");
        File.WriteAllBytes(path, []);
        AssertError(path, "empty");
        File.WriteAllText(path, "label,image\n1,abc\n");
        AssertError(path, "not an Arrow IPC file");
        Assert.Throws<UserErrorException>(() => ArrowDataSet.Open());
    }

    [Fact]
    public void MissingOrWrongColumns()
    {
        AssertWritten("no column 'label'", ("features", ArrowFiles.Floats(1, 1, 2)));
        AssertWritten("no column 'image' or 'features'", ("label", ArrowFiles.Labels(0, 1)), ("picture", ArrowFiles.Labels(0, 1)));
        AssertWritten("'label' is int32", ("label", new Int32Array.Builder().Append(0).Append(1).Build()), ("features", ArrowFiles.Floats(1, 1, 2)));
        AssertWritten("'features' is FixedSizeList<float64>",
            ("label", ArrowFiles.Labels(0, 1)), ("features", new FixedSizeListArray(
                new Apache.Arrow.Types.FixedSizeListType(Apache.Arrow.Types.DoubleType.Default, 1), 2, new DoubleArray.Builder().Append(1).Append(2).Build(), ArrowBuffer.Empty)));
        AssertWritten("FixedSizeBinary(3)", ("label", ArrowFiles.Labels(0, 1)), ("image", ArrowFiles.FixedBinary(3, 2)));
    }

    [Fact]
    public void NullsAndBadLabelsNameTheirRow()
    {
        AssertWritten("row 1: label 5 is outside 0..4", ("label", ArrowFiles.Labels(4, 5)), ("image", ArrowFiles.FixedBinary(4, 2)));
        AssertWritten("row 1: label -1 is outside", ("label", ArrowFiles.Labels(4, -1)), ("image", ArrowFiles.FixedBinary(4, 2)));
        AssertWritten("row 0: ", ("label", ArrowFiles.Labels(null, 1)), ("image", ArrowFiles.FixedBinary(4, 2)));
        AssertWritten("row 1: 'image'", ("label", ArrowFiles.Labels(0, 1)), ("image", ArrowFiles.Binary([1], null)));
        AssertWritten("row 1: 'features'", ("label", ArrowFiles.Labels(0, 1)), ("features", ArrowFiles.Floats(2, 1, 2, 3, null)));
    }

    [Theory]
    [InlineData("classes", null, "'classes' is missing")]
    [InlineData("classes", "0", "'classes' is '0'")]
    [InlineData("classes", "many", "'classes' is 'many'")]
    [InlineData("height", null, "'height' is missing")]
    [InlineData("channels", "2", "'channels' is 2")]
    [InlineData("width", "99999999999", "'width' is '99999999999'")]
    public void WrongMetadata(string key, string? value, string expected)
    {
        var metadata = new Dictionary<string, string>(ArrowFiles.GreyMetadata);
        metadata.Remove(key);
        if (value is not null)
        {
            metadata[key] = value;
        }

        var path = _folder.File("x.arrow");
        ArrowFiles.Write(path, metadata, false, ("label", ArrowFiles.Labels(0)), ("image", ArrowFiles.FixedBinary(4, 1)));
        AssertError(path, expected);
    }

    [Fact]
    public void FilesThatDoNotMatch()
    {
        var (a, b, c) = (_folder.File("a.arrow"), _folder.File("b.arrow"), _folder.File("c.arrow"));
        Samples.Write(a, SampleShape.Features(2), SampleStorage.Features, 3, 2);
        Samples.Write(b, SampleShape.Features(3), SampleStorage.Features, 3, 2);
        Samples.Write(c, SampleShape.Features(2), SampleStorage.Features, 3, 3);
        Assert.Contains(b, Assert.Throws<UserErrorException>(() => ArrowDataSet.Open(a, b)).Where);
        Assert.Contains("3 classes", Assert.Throws<UserErrorException>(() => ArrowDataSet.Open(a, c)).Message);
    }

    [Fact]
    public void NoSampleAtAll()
    {
        var path = _folder.File("x.arrow");
        ArrowFiles.Write(path, ArrowFiles.GreyMetadata, false, ("label", ArrowFiles.Labels()), ("features", ArrowFiles.Floats(2)));
        AssertError(path, "not one sample");
        Assert.Throws<InvalidOperationException>(() => Samples.Write(path, SampleShape.Features(2), SampleStorage.Features, 0, 2));
    }

    [Fact]
    public void DamagedPicturesNameFileAndRow()
    {
        var path = _folder.File("x.arrow");
        ArrowFiles.Write(path, ArrowFiles.GreyMetadata, false, ("label", ArrowFiles.Labels(0, 1)), ("image", ArrowFiles.Binary([], [1, 2, 3])));
        using var set = ArrowDataSet.Open(path);
        var pixels = new byte[4];
        Assert.Contains("row 0: the picture is empty", Assert.Throws<UserErrorException>(() => set.ReadPixels(0, pixels)).Message);
        var error = Assert.Throws<UserErrorException>(() => set.ReadPixels(3, pixels));
        Assert.StartsWith($"{path}: row 3: this is not a picture", error.Message);
    }

    [Fact]
    public void SettingsNameTheirKeys()
    {
        Assert.Equal("eval.data.files", Assert.Throws<UserErrorException>(() => new ArrowDataSet.Settings().Validate("eval.data")).Where);
        Assert.Throws<UserErrorException>(() => new ArrowDataSet.Settings(["a", "a"]).Validate("data"));
        Assert.Throws<UserErrorException>(() => new ArrowDataSet.Settings([" "]).Validate("data"));
        new ArrowDataSet.Settings(["a", "b"]).Validate("data");
    }

    private void AssertWritten(string expected, params (string, IArrowArray)[] columns)
    {
        var (file, stream) = (_folder.File("file.arrow"), _folder.File("stream.arrow"));
        ArrowFiles.Write([file], [stream], ArrowFiles.GreyMetadata, columns);
        AssertError(file, expected);
        AssertError(stream, expected);
    }

    private static void AssertError(string path, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => ArrowDataSet.Open(path));
        Assert.Equal(path, error.Where);
        Assert.Contains(expected, error.Message);
    }
}
