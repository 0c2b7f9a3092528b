using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using ActorStreams.TestKit;

namespace ActorStreams.Connectors.Tests;

/// <summary>A compressed file is read whole, or not at all.</summary>
[Trait("Issue", "D1")]
public sealed class GzipSpec : IDisposable
{
    private static readonly CsvOptions s_plain = new() { HasHeader = false };
    private static readonly byte[] s_endOfBgzip = Convert.FromHexString("1f8b08040000000000ff0600424302001b0003000000000000000000");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_that_is_cut_at_any_byte_is_an_error()
    {
        byte[] one = Member(Text(0, 40)), two = Member(Text(40, 40), name: "second.csv", comment: "of two", withHeaderSum: true);
        await CutsFailAsync(one, []);
        await CutsFailAsync([.. one, .. two], [one.Length]);                       // there it is whole, to anyone
        await CutsFailAsync([.. two, .. Member(""), .. one], [two.Length, two.Length + Member("").Length]);
    }

    [Fact]
    public async Task A_file_of_bgzip_is_whole_only_with_the_member_that_ends_it()
    {
        byte[] file = [.. Block(Text(0, 40)), .. Block(Text(40, 40)), .. s_endOfBgzip];
        Assert.Equal(Enumerable.Range(0, 80), await ReadAsync(file));
        await CutsFailAsync(file, []);
        Assert.Equal(Enumerable.Range(0, 120), await ReadAsync([.. file, .. Member(Text(80, 40))]));
        Assert.Equal(Enumerable.Range(0, 120), await ReadAsync([.. file, .. Block(Text(80, 40)), .. s_endOfBgzip]));
    }

    [Fact]
    public async Task An_empty_file_is_no_gzip_file_but_one_with_an_empty_member_is()
    {
        await FailsAsync([], "is empty");
        Assert.Empty(await ReadAsync(Member("")));
        Assert.Empty(await ReadAsync(s_endOfBgzip));
        byte[] stored = [.. Member("")[..10], 1, 0, 0, 0xFF, 0xFF, .. new byte[8]],
            flushed = [.. Member("")[..10], 0, 0, 0, 0xFF, 0xFF, 3, 0, .. new byte[8]];
        Assert.Equal([0, 1], await ReadAsync([.. stored, .. flushed, .. Member(Text(0, 2)), .. flushed]));
        await CutsFailAsync(stored, []);
        await CutsFailAsync(flushed, []);
        await FailsAsync([.. Member(""), 0, 0, 0], "stands something else");
    }

    [Theory]
    [InlineData("00")]
    [InlineData("0000000000000000000000000000000000000000")]
    [InlineData("1F")]
    [InlineData("1F8B")]
    [InlineData("1F8B08")]
    [InlineData("1F8B0800000000000003")]
    [InlineData("1F8B0900000000000003")]
    [InlineData("48656C6C6F2C20776F726C640A48656C6C6F2C20776F726C640A")]
    public async Task Whatever_stands_behind_the_last_member_is_an_error(string behind) =>
        await FailsAsync([.. Member(Text(0, 40)), .. Convert.FromHexString(behind)], "stands something else|cut off");

    [Fact]
    public async Task The_header_of_a_member_within_compressed_data_does_not_matter()
    {
        // random bytes hold 1F 8B 08 by chance: stored as they are, in a text that is one long field
        byte[] noise = new byte[200_000];
        new Random(3).NextBytes(noise);
        for (int at = 0; at < noise.Length - 3; at += 5000)
            ((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08]).CopyTo(noise.AsSpan(at));
        byte[] packed = Member(noise, CompressionLevel.NoCompression);
        await _folder.WriteAsync("noise.jsonl.gz", packed[..^20_000]);
        await Assert.ThrowsAsync<SourceException>(() => SourceRun.ReadAsync(JsonLines.File<int>(_folder["noise.jsonl.gz"])));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-4)]
    [InlineData(-5)]
    [InlineData(-8)]
    [InlineData(30)]
    public async Task A_member_is_held_to_its_checksum_and_length(int changed)
    {
        byte[] file = [.. Member(Text(0, 40)), .. Member(Text(40, 40))];
        file[changed < 0 ? file.Length + changed : changed] ^= 0x10;
        await FailsAsync(file, "damaged|is not a Int32");
        file = [.. Member(Text(0, 40)), .. Member(Text(40, 40))];
        int end = Member(Text(0, 40)).Length;
        file[changed < 0 ? end + changed : changed] ^= 0x10;
        await FailsAsync(file, "damaged|is not a Int32");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(2000)]
    public async Task Members_of_any_size_are_read_one_after_the_other(int rowsEach)
    {
        var file = new MemoryStream();
        int rows = 0;
        for (; rows < 12_000; rows += rowsEach)
            file.Write(Member(Text(rows, rowsEach), rows % 3 == 0 ? CompressionLevel.NoCompression : CompressionLevel.Fastest,
                rows % 2 == 0 ? "a name" : null));
        Assert.Equal(Enumerable.Range(0, rows), await ReadAsync(file.ToArray()));
        if (rowsEach == 2000)
            await SourceContract.HoldsAsync(
                Csv.File<int>(await _folder.WriteAsync("few.csv.gz", [.. Member(Text(0, 30)), .. Member(Text(30, 30))]), s_plain), 60);
    }

    [Fact]
    public async Task Long_members_are_read_whatever_the_size_of_their_parts()
    {
        var random = new Random(5);
        foreach (CompressionLevel level in Enum.GetValues<CompressionLevel>())
        {
            string text = string.Concat(Enumerable.Range(0, 60_000).Select(_ => $"{random.Next()}\n"));
            byte[] member = Member(text, level);
            Assert.Equal(text, string.Concat((await ReadAsync([.. member, .. member])).Take(60_000).Select(number => $"{number}\n")));
            await FailsAsync([.. member, .. member[..^300]], "cut off");
        }
    }

    private async Task CutsFailAsync(byte[] file, int[] whole)
    {
        for (int length = 0; length < file.Length; length++)
        {
            if (!whole.Contains(length))
                await FailsAsync(file[..length], "cut off|is empty|damaged", length);
        }
    }

    private async Task FailsAsync(byte[] file, string message, int? cut = null)
    {
        string path = await _folder.WriteAsync("a.csv.gz", file);
        SourceException? error = null;
        List<SourceItem<int>> items = [];
        try
        {
            (items, _) = await SourceRun.ReadAsync(Csv.File<int>(path, s_plain));
        }
        catch (SourceException thrown)
        {
            error = thrown;
        }

        Assert.True(error is not null, $"cut at {cut} of {file.Length}: {items.Count} rows, no error");
        Assert.Contains(path, error!.Message, StringComparison.Ordinal);
        Assert.Matches(message, error.Message);
    }

    private async Task<List<int>> ReadAsync(byte[] file) =>
        await SourceRun.RowsAsync(Csv.File<int>(await _folder.WriteAsync("a.csv.gz", file), s_plain));

    private static string Text(int first, int count) => string.Concat(Enumerable.Range(first, count).Select(row => $"{row}\n"));

    private static byte[] Member(string text, CompressionLevel level = CompressionLevel.Optimal, string? name = null,
        string? comment = null, bool withHeaderSum = false) =>
        Member(Encoding.UTF8.GetBytes(text), level, name, comment, withHeaderSum);

    private static byte[] Member(byte[] content, CompressionLevel level, string? name = null, string? comment = null,
        bool withHeaderSum = false)
    {
        var header = new List<byte> { 0x1F, 0x8B, 8, (byte)((name is null ? 0 : 8) | (comment is null ? 0 : 16) | (withHeaderSum ? 2 : 0)),
            0, 0, 0, 0, 0, 3 };
        header.AddRange(name is null ? [] : [.. Encoding.Latin1.GetBytes(name), 0]);
        header.AddRange(comment is null ? [] : [.. Encoding.Latin1.GetBytes(comment), 0]);
        if (withHeaderSum)
            header.AddRange(BitConverter.GetBytes((ushort)Crc32.HashToUInt32(header.ToArray())));
        return [.. header, .. Packed(content, level)];
    }

    private static byte[] Block(string text)
    {
        byte[] packed = Packed(Encoding.UTF8.GetBytes(text), CompressionLevel.Optimal);
        byte[] size = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(size, (ushort)(18 + packed.Length - 1));
        return [0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF, 6, 0, (byte)'B', (byte)'C', 2, 0, .. size, .. packed];
    }

    private static byte[] Packed(byte[] content, CompressionLevel level)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, level, leaveOpen: true))
            deflate.Write(content);
        byte[] trailer = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, Crc32.HashToUInt32(content));
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(4), (uint)content.Length);
        byte[] data = packed.ToArray();
        return [.. data.Length == 0 ? [3, 0] : data, .. trailer];
    }
}
