namespace ActorStreams.Conformance.Tests;

public sealed class CaseFolderSpec
{
    [Theory]
    [InlineData("triggers")]
    [InlineData("cep")]
    [InlineData("joins")]
    [InlineData("sql")]
    public void Every_case_has_an_id_of_its_own(string family)
    {
        string[] ids = [.. ((IEnumerable<object[]>)CaseFolder.Ids(family)).Select(row => (string)row[0])];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.StartsWith(family + "/", id, StringComparison.Ordinal));
    }
}
