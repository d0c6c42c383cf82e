import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Lists jobs with what every Java has. */
class List {
    public static void main(String[] given) throws Exception {
        HttpRequest asked = HttpRequest.newBuilder(URI.create(given[0]))
                .header("Authorization", "Bearer any")
                .build();
        HttpClient client = HttpClient.newHttpClient();
        System.out.println(client.send(asked, HttpResponse.BodyHandlers.ofString()).body());
    }
}
